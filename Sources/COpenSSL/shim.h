// C macros and the low-level digest do not import into Swift by themselves; nothing else belongs here.
#ifndef TAIZHANG_COPENSSL_SHIM_H
#define TAIZHANG_COPENSSL_SHIM_H

// The low-level SHA-256 calls cost a third of the EVP ones on inputs of one or two blocks, and a log is
// made of such inputs. They are deprecated in OpenSSL 3 for new designs only.
#define OPENSSL_SUPPRESS_DEPRECATED 1

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void taizhang_sha256(const void *bytes, size_t count, unsigned char out[32]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes, count);
  SHA256_Final(out, &context);
}

static inline long taizhang_bio_mem_data(BIO *bio, char **out) { return BIO_get_mem_data(bio, out); }
static inline EVP_PKEY *taizhang_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline STACK_OF(X509) *taizhang_x509_stack(void) { return sk_X509_new_null(); }
static inline int taizhang_x509_push(STACK_OF(X509) *stack, X509 *item) { return sk_X509_push(stack, item); }
static inline int taizhang_x509_count(const STACK_OF(X509) *stack) { return stack ? sk_X509_num(stack) : 0; }
static inline X509 *taizhang_x509_at(const STACK_OF(X509) *stack, int i) { return sk_X509_value(stack, i); }
static inline void taizhang_x509_stack_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }
static inline int taizhang_add_extension(X509 *x, int nid, const char *value, X509 *issuer) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
  X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  if (!e) return 0;
  int ok = X509_add_ext(x, e, -1);
  X509_EXTENSION_free(e);
  return ok;
}

// Whether an envelope is sealed to a certificate (key agreement): OpenSSL 3.0 raises no error of its own where
// it is not, and its stacks are macros.
static inline int taizhang_cms_is_for(CMS_ContentInfo *cms, X509 *certificate) {
  STACK_OF(CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos(cms);
  for (int i = 0; infos && i < sk_CMS_RecipientInfo_num(infos); i++) {
    CMS_RecipientInfo *info = sk_CMS_RecipientInfo_value(infos, i);
    if (CMS_RecipientInfo_type(info) != CMS_RECIPINFO_AGREE) continue;
    STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(info);
    for (int k = 0; keys && k < sk_CMS_RecipientEncryptedKey_num(keys); k++) {
      if (CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, k), certificate) == 0) return 1;
    }
  }
  return 0;
}

static inline int taizhang_tls_context_defaults(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256");
}
static inline int taizhang_tls_add_chain(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
static inline int taizhang_tls_add_own_chain(SSL *ssl, X509 *certificate) {
  return (int)SSL_add1_chain_cert(ssl, certificate);
}

#endif
