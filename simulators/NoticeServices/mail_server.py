"""A mail server on the loopback that keeps what it gets: STARTTLS or TLS from the start, and passwords.

    mail_server.py --folder DIR --tls CERT KEY [--implicit] [--user NAME --password WORD] [--plain]

Prints the port. Each mail becomes DIR/NNN.eml. Some recipients are refused, by what stands before the @: busy (451),
gone (550), greylisted (450), full (552, after the text).
"""

import argparse
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        refusals = {
            "busy": "451 4.3.0 try again later",
            "greylisted": "450 4.2.0 greylisted, try again later",
            "gone": "550 5.1.1 no such user here",
        }
        if name in refusals:
            return refusals[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("full@"):
            return "552 5.2.2 mailbox full"
        self.count += 1
        with open(f"{self.folder}/{self.count:03}.eml", "wb") as file:
            cipher = session.ssl is not None
            file.write(f"X-Test-Encrypted: {cipher}\r\nX-Test-From: {envelope.mail_from}\r\n".encode())
            file.write(f"X-Test-To: {','.join(envelope.rcpt_tos)}\r\n".encode())
            file.write(envelope.content)
        return "250 2.0.0 taken as " + str(self.count)


def main():
    parser = argparse.ArgumentParser(description="A mail server that keeps what it gets.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--implicit", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    options = parser.parse_args()
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)

    def authenticate(server, session, envelope, mechanism, data):
        good = data.login == options.user.encode() and data.password == options.password.encode()
        return AuthResult(success=good, handled=good)

    arguments = {"hostname": "127.0.0.1", "port": 0}
    if options.user:
        arguments |= {
            "authenticator": authenticate,
            "auth_required": True,
            "auth_require_tls": not (options.plain or options.implicit),
        }
    if options.implicit:
        arguments["ssl_context"] = context
    elif context and not options.plain:
        arguments |= {"tls_context": context, "require_starttls": True}

    class Ready(Controller):
        def _trigger_server(self):
            # Port 0 means any: only now it is known where to knock.
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    controller = Ready(Handler(options.folder), **arguments)
    controller.start()
    print(controller.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
