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

#endif
