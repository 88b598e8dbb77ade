#ifndef SITEWATCH_CMOSQUITTO_SHIM_H
#define SITEWATCH_CMOSQUITTO_SHIM_H

/* libmosquitto, the MQTT client library of the Mosquitto broker, and of OpenSSL, which it is linked with, what it
   takes to verify a broker. libmosquitto on its own does not say why a certificate was refused. */
#include <arpa/inet.h>
#include <mosquitto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What became of the protected connections of one context. */
struct sw_tls_note {
    int refusal;              /* X509_V_ERR_…, why the broker's certificate was refused; 0 if it was not */
    const char *server_name;  /* the name to ask for; NULL for the host that is connected to */
};

static inline struct sw_tls_note *sw_tls_note_of(const SSL *ssl) {
    return (struct sw_tls_note *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static inline int sw_tls_verified(int good, X509_STORE_CTX *chain) {
    if (!good) {
        SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
        if (ssl) sw_tls_note_of(ssl)->refusal = X509_STORE_CTX_get_error(chain);
    }
    return good;
}

static inline void sw_tls_progress(const SSL *ssl, int where, int result) {
    (void)result;
    const char *name = sw_tls_note_of(ssl)->server_name;
    if ((where & SSL_CB_HANDSHAKE_START) && name) SSL_set_tlsext_host_name((SSL *)ssl, name);
}

/* Why OpenSSL failed last, as text. */
static inline void sw_tls_reason(char *text, size_t length) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    strncpy(text, reason ? reason : "no reason given", length - 1);
    text[length - 1] = 0;
    ERR_clear_error();
}

/* A context that takes TLS 1.2 or newer and verifies the broker's certificate and its name; NULL, with the reason
   and the file it is about, if a file cannot be used. The note must live as long as the context. */
static inline SSL_CTX *sw_tls_context(
    const char *authorities, const char *certificate, const char *key, const char *name, struct sw_tls_note *note,
    const char **file, char *reason, size_t length) {
    ERR_clear_error();
    *file = "";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) goto failed;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_app_data(context, note);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, sw_tls_verified);
    SSL_CTX_set_info_callback(context, sw_tls_progress);
    if (authorities) {
        *file = authorities;
        if (SSL_CTX_load_verify_file(context, authorities) != 1) goto failed;
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        goto failed;
    }
    if (certificate) {
        *file = certificate;
        if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) goto failed;
        *file = key;
        if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) goto failed;
        if (SSL_CTX_check_private_key(context) != 1) goto failed;
    }
    *file = "";
    X509_VERIFY_PARAM *rules = SSL_CTX_get0_param(context);
    unsigned char address[sizeof(struct in6_addr)];
    int is_address = inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if ((is_address ? X509_VERIFY_PARAM_set1_ip_asc(rules, name) : X509_VERIFY_PARAM_set1_host(rules, name, 0)) != 1)
        goto failed;
    return context;
failed:
    sw_tls_reason(reason, length);
    SSL_CTX_free(context);
    return NULL;
}

/* Makes a client use a context; the client holds it from then on. */
static inline int sw_tls_use(struct mosquitto *client, SSL_CTX *context) {
    int code = mosquitto_int_option(client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    return code == MOSQ_ERR_SUCCESS ? mosquitto_void_option(client, MOSQ_OPT_SSL_CTX, context) : code;
}

#endif
