"""The services that notices are sent to, as far as a sender meets them: their checks, limits, block periods and
error bodies. Written from their public documents and imports nothing of the product: an independent judge.

    notice_services.py --folder DIR [--speed N] [--clock MS] [--tls CERT KEY] [--settings FILE]

Prints the port, then serves until it is killed. Every request is a line of DIR/log. With --speed 60 a minute of the
services' time passes in a second; --clock is their wall clock at the start, milliseconds since 1970.

What follows /~FAULT/ is treated as that fault says: hang, slow, close, break, garbage, page, redirect, or a status.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import json
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SETTINGS = {
    "dingtalk": {"token": "ding-token-0001", "secret": "SECdemo0123456789", "keyword": ""},
    "wecom_robot": {"key": "wecom-key-0001"},
    "wecom_app": {"corp": "ww0001", "secret": "wecom-secret-0001", "users": ["wang", "li"]},
    "feishu": {"token": "feishu-hook-0001", "secret": "feishuDemoSecret", "keyword": ""},
    "aliyun": {"key_id": "LTAI-demo-0001", "secret": "aliyun-secret-0001", "templates": ["SMS_1", "TTS_1"]},
    "pagerduty": {"routing_key": "pagerduty-key-0001-0001-0001-0001"},
    "webhook": {"secret": ""},
}


class Clock:
    def __init__(self, wall, speed):
        self.start, self.wall, self.speed = time.monotonic(), wall, speed

    def seconds(self):
        return (time.monotonic() - self.start) * self.speed

    def milliseconds(self):
        return self.wall + self.seconds() * 1000


class Window:
    """At most so many in so many seconds, counted over every span of that length."""

    def __init__(self, count, seconds):
        self.count, self.seconds, self.times = count, seconds, collections.deque()

    def take(self, now):
        while self.times and now - self.times[0] >= self.seconds:
            self.times.popleft()
        if len(self.times) >= self.count:
            return False
        self.times.append(now)
        return True


class Services:
    def __init__(self, clock, settings):
        self.clock, self.settings, self.lock = clock, settings, threading.Lock()
        self.windows, self.blocked, self.tokens, self.nonces = {}, {}, {}, set()

    def window(self, name, count, seconds):
        return self.windows.setdefault((name, count, seconds), Window(count, seconds))

    def serve(self, request):
        """Status, headers and body of the answer; an object is sent as JSON."""
        path = request["path"]
        for prefix, service in (
            ("/robot/send", self.dingtalk),
            ("/cgi-bin/webhook/send", self.wecom_robot),
            ("/cgi-bin/gettoken", self.wecom_token),
            ("/cgi-bin/message/send", self.wecom_app),
            ("/open-apis/bot/v2/hook/", self.feishu),
            ("/v2/enqueue", self.pagerduty),
            ("/webhook", self.webhook),
            ("/template", self.template),
        ):
            if path.startswith(prefix):
                return service(request)
        if "x-acs-action" in request["headers"]:
            return self.aliyun(request)
        return 404, {"message": "no such place"}

    # DingTalk: twenty a minute, then blocked for ten minutes.
    def dingtalk(self, request):
        mine, query, now = self.settings["dingtalk"], request["query"], self.clock.seconds()
        if query.get("access_token") != mine["token"]:
            return 200, {"errcode": 300001, "errmsg": f"token is not exist {query.get('access_token')}"}
        too_fast = 200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        if now < self.blocked.get("dingtalk", 0):
            return too_fast
        if not self.window("dingtalk", 20, 60).take(now):
            self.blocked["dingtalk"] = now + 600
            return too_fast
        if mine["secret"]:
            stamp = query.get("timestamp", "")
            code = hmac.new(mine["secret"].encode(), f"{stamp}\n{mine['secret']}".encode(), hashlib.sha256).digest()
            if not stamp.isdigit() or abs(int(stamp) - self.clock.milliseconds()) > 3600_000:
                return 200, {"errcode": 310000, "errmsg": "invalid timestamp"}
            if base64.b64encode(code).decode() != query.get("sign"):
                return 200, {"errcode": 310000, "errmsg": "sign not match"}
        if len(request["body"]) > 20000:
            return 200, {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
        body = parsed(request)
        if body is None or body.get("msgtype") != "markdown" or not body["markdown"].get("title"):
            return 200, {"errcode": 40035, "errmsg": "invalid parameter"}
        if mine["keyword"] and mine["keyword"] not in body["markdown"]["text"]:
            return 200, {"errcode": 310000, "errmsg": "keywords not in content, more: [...]"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    # WeCom: a robot in a group.
    def wecom_robot(self, request):
        if request["query"].get("key") != self.settings["wecom_robot"]["key"]:
            return 200, {"errcode": 93000, "errmsg": f"invalid webhook url, hint: [{request['query'].get('key')}]"}
        if not self.window("wecom_robot", 20, 60).take(self.clock.seconds()):
            return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
        body = parsed(request)
        kind = body.get("msgtype") if body else None
        limit = {"text": 2048, "markdown": 4096}.get(kind)
        if limit is None:
            return 200, {"errcode": 40008, "errmsg": "invalid message type"}
        content = body[kind].get("content", "")
        if not content:
            return 200, {"errcode": 44004, "errmsg": "empty content"}
        if len(content.encode()) > limit:
            return 200, {"errcode": 40058, "errmsg": f"{kind}.content exceed max length {limit}. invalid Request Parameter"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    # WeCom: an application.
    def wecom_token(self, request):
        mine, query = self.settings["wecom_app"], request["query"]
        if query.get("corpid") != mine["corp"]:
            return 200, {"errcode": 40013, "errmsg": "invalid corpid"}
        if query.get("corpsecret") != mine["secret"]:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}
        token = f"access-{len(self.tokens) + 1}-{mine.get('token_tail', 'abcdef')}"
        self.tokens[token] = self.clock.seconds() + mine.get("token_seconds", 7200)
        return 200, {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}

    def wecom_app(self, request):
        mine, token = self.settings["wecom_app"], request["query"].get("access_token")
        if token not in self.tokens:
            return 200, {"errcode": 40014, "errmsg": f"invalid access_token {token}"}
        if self.clock.seconds() >= self.tokens[token]:
            return 200, {"errcode": 42001, "errmsg": f"access_token expired, {token}"}
        body = parsed(request)
        if body is None or not isinstance(body.get("agentid"), int):
            return 200, {"errcode": 40056, "errmsg": "invalid agentid"}
        users = body.get("touser", "").split("|")
        known = [user for user in users if user in mine["users"]]
        if not known:
            return 200, {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        if len(body["text"]["content"].encode()) > 2048:
            return 200, {"errcode": 45002, "errmsg": "content size out of limit"}
        for user in known:
            # The service says ok and drops it.
            request["dropped"] = not self.window(f"wecom_app {user}", 30, 60).take(self.clock.seconds())
        refused = "|".join(user for user in users if user not in known)
        return 200, {"errcode": 0, "errmsg": "ok", "invaliduser": refused, "msgid": "1"}

    # Feishu: errors come with status 400 and with status 200.
    def feishu(self, request):
        mine, now = self.settings["feishu"], self.clock.seconds()
        if request["path"].rsplit("/", 1)[1] != mine["token"]:
            return 200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}}
        if not self.window("feishu", 100, 60).take(now) or not self.window("feishu", 5, 1).take(now):
            return 400, {"code": 9499, "msg": "too many request", "data": {}}
        body = parsed(request)
        if body is None or body.get("msg_type") != "interactive" or len(request["body"]) > 20 * 1024:
            return 400, {"code": 9499, "msg": "Bad Request", "data": {}}
        if mine["secret"]:
            stamp = body.get("timestamp", "")
            key = f"{stamp}\n{mine['secret']}".encode()
            code = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
            late = not stamp.isdigit() or abs(int(stamp) * 1000 - self.clock.milliseconds()) > 3600_000
            if late or code != body.get("sign"):
                message = "sign match fail or timestamp is not within one hour from current time"
                return 200, {"code": 19021, "msg": message, "data": {}}
        if mine["keyword"] and mine["keyword"] not in json.dumps(body["card"], ensure_ascii=False):
            return 200, {"code": 19024, "msg": "Key Words Not Found", "data": {}}
        return 200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}

    # Alibaba Cloud: short messages and calls.
    def aliyun(self, request):
        mine, headers, query = self.settings["aliyun"], request["headers"], request["query"]
        refusal = self.aliyun_signature(request)
        if refusal:
            return refusal
        number = query.get("PhoneNumbers") or query.get("CalledNumber") or ""
        if not (number.isdigit() and len(number) == 11):
            return 200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": f"{number}invalid mobile number"}
        action = headers["x-acs-action"]
        template = query.get("TemplateCode") or query.get("TtsCode")
        if template not in mine["templates"]:
            code = "isv.SMS_TEMPLATE_ILLEGAL" if action == "SendSms" else "isv.TTS_TEMPLATE_ILLEGAL"
            return 200, {"Code": code, "Message": "模板不合法(不存在或被拉黑)"}
        values = json.loads(query.get("TemplateParam") or query.get("TtsParam"))
        if any(len(value) > 35 for value in values.values()):
            return 200, {"Code": "isv.PARAM_LENGTH_LIMIT", "Message": "参数超过长度限制"}
        if any("://" in value for value in values.values()):
            return 200, {"Code": "isv.PARAM_NOT_SUPPORT_URL", "Message": "不支持URL"}
        now = self.clock.seconds()
        if action == "SendSms":
            if not self.window(f"sms {number} {template}", 50, 86400).take(now):
                return 200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "触发天级流控Permits:50"}
            return 200, {"Code": "OK", "Message": "OK", "BizId": "1^0", "RequestId": "1"}
        if len(query["TtsParam"]) >= 250 or not 1 <= len(query.get("OutId", "1").encode()) <= 15:
            return 200, {"Code": "isv.INVALID_PARAMETERS", "Message": "参数异常"}
        for count, seconds, level in ((1, 60, "分钟"), (5, 3600, "小时"), (20, 86400, "天")):
            if not self.window(f"call {number}", count, seconds).take(now):
                return 200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": f"触发{level}级流控Permits:{count}"}
        return 200, {"Code": "OK", "Message": "OK", "CallId": "1", "RequestId": "1"}

    def aliyun_signature(self, request):
        mine, headers = self.settings["aliyun"], request["headers"]
        kind, _, rest = headers.get("authorization", "").partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
        if kind != "ACS3-HMAC-SHA256" or parts.get("Credential") != mine["key_id"]:
            return 404, {"Code": "InvalidAccessKeyId.NotFound", "Message": "Specified access key is not found."}
        stamp = time.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")
        # Seconds since 1970 by the calendar, without the machine's zone.
        days = (time.mktime(stamp) - time.timezone) * 1000
        if abs(days - self.clock.milliseconds()) > 900_000:
            return 400, {"Code": "InvalidTimeStamp.Expired", "Message": "Specified time stamp or date value is expired."}
        names = parts["SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                request["method"],
                "/",
                request["raw_query"],
                "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(names)),
                ";".join(sorted(names)),
                hashlib.sha256(request["body"]).hexdigest(),
            ]
        )
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        if hmac.new(mine["secret"].encode(), text.encode(), hashlib.sha256).hexdigest() != parts.get("Signature"):
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "Specified signature does not match our calculation."}
        nonce = headers["x-acs-signature-nonce"]
        if nonce in self.nonces:
            return 400, {"Code": "SignatureNonceUsed", "Message": "Specified signature nonce was used already."}
        self.nonces.add(nonce)
        return None

    # PagerDuty, events version 2.
    def pagerduty(self, request):
        body = parsed(request)
        errors = []
        if body is None or body.get("routing_key") != self.settings["pagerduty"]["routing_key"]:
            errors.append("'routing_key' is invalid")
        elif body.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            errors.append("'event_action' is invalid")
        elif len(body.get("dedup_key", "")) > 255:
            errors.append("'dedup_key' is too long")
        elif not 0 < len(body["payload"]["summary"]) <= 1024:
            errors.append("'payload.summary' is invalid")
        elif body["payload"]["severity"] not in ("critical", "error", "warning", "info"):
            errors.append("'payload.severity' is invalid")
        if errors:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        if not self.window("pagerduty", 120, 60).take(self.clock.seconds()):
            return 429, {"status": "throttle exceeded", "message": "Requests for this service are arriving too quickly."}
        return 202, {"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}

    def webhook(self, request):
        secret, headers = self.settings["webhook"]["secret"], request["headers"]
        if secret:
            text = headers.get("x-sitewatch-timestamp", "").encode() + b"." + request["body"]
            code = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
            if headers.get("x-sitewatch-signature") != f"sha256={code}":
                return 401, {"error": "signature"}
        return 200, {"ok": True}

    def template(self, request):
        body = parsed(request)
        if body is None or not body.get("text"):
            return 200, {"code": 7, "message": "text is missing"}
        return 200, {"code": 0, "message": "ok"}


def parsed(request):
    try:
        body = json.loads(request["body"])
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def address_string(self):
        return "peer"

    def answer(self, status, body, kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address, _, raw_query = self.path.partition("?")
        fault = None
        if address.startswith("/~"):
            fault, _, rest = address[2:].partition("/")
            address = "/" + rest
        request = {
            "method": self.command,
            "path": address,
            "raw_query": raw_query,
            "query": dict(urllib.parse.parse_qsl(raw_query, keep_blank_values=True)),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body,
        }
        if fault:
            status, reply = None, None
            self.server.note(request, 0, fault)
            self.misbehave(fault)
            return
        with self.server.services.lock:
            status, reply = self.server.services.serve(request)
            self.server.note(request, status, reply)
        self.answer(status, reply)

    def misbehave(self, fault):
        if fault == "hang":
            time.sleep(30)
        elif fault == "slow":
            time.sleep(1)
            self.answer(200, {"errcode": 0, "code": 0, "Code": "OK", "status": "success", "errmsg": "ok"})
        elif fault == "close":
            self.close_connection = True
            self.connection.close()
        elif fault == "break":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"errcode"')
            self.wfile.flush()
            self.close_connection = True
        elif fault == "garbage":
            self.wfile.write(b"\x00\xff not http at all\r\n\r\n")
            self.close_connection = True
        elif fault == "page":
            self.answer(200, "<html><body>请登录</body></html>".encode(), "text/html; charset=utf-8")
        elif fault == "redirect":
            self.answer(302, b"", Location="/followed")
        elif fault == "later":
            self.answer(503, b"busy", "text/plain", Retry_After="7")
        else:
            self.answer(int(fault), b"no", "text/plain")

    do_GET = do_POST = do_PUT = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def note(self, request, status, reply):
        entry = {
            "at": round(self.services.clock.seconds(), 3),
            "method": request["method"],
            "path": request["path"],
            "query": request["query"],
            "headers": request["headers"],
            "body": request["body"].decode("utf-8", "replace"),
            "status": status,
            "reply": json.dumps(reply, ensure_ascii=False),
            "dropped": request.get("dropped", False),
        }
        with open(f"{self.folder}/log", "a", encoding="utf-8") as log:
            log.write(json.dumps(entry, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description="The services that notices are sent to.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--speed", type=float, default=1)
    parser.add_argument("--clock", type=float, default=None)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--settings", help="a JSON file over the settings that this file begins with")
    options = parser.parse_args()
    settings = json.loads(json.dumps(SETTINGS))
    if options.settings:
        for service, values in json.load(open(options.settings, encoding="utf-8")).items():
            settings[service].update(values)
    clock = Clock(time.time() * 1000 if options.clock is None else options.clock, options.speed)
    server = Server(("127.0.0.1", 0), Handler)
    server.services, server.folder = Services(clock, settings), options.folder
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
