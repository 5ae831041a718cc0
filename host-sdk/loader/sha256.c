#include "sha256.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

struct bfl_sha256
{
    EVP_MD_CTX* context;
};

static EVP_MD* algorithm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Never freed: it lives as long as the process, and libcrypto's own exit handler must not find it
 * gone. */
static void look_up(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

bfl_sha256* bfl_sha256_new(void)
{
    (void)pthread_once(&once, look_up);
    bfl_sha256* hash = malloc(sizeof *hash);
    if (hash == NULL) return NULL;
    hash->context = EVP_MD_CTX_new();
    if (algorithm == NULL || hash->context == NULL)
    {
        bfl_sha256_free(hash);
        return NULL;
    }
    return hash;
}

void bfl_sha256_free(bfl_sha256* hash)
{
    if (hash == NULL) return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

bool bfl_sha256_begin(bfl_sha256* hash)
{
    return EVP_DigestInit_ex2(hash->context, algorithm, NULL) == 1;
}

bool bfl_sha256_add(bfl_sha256* hash, const void* data, size_t size)
{
    return EVP_DigestUpdate(hash->context, data, size) == 1;
}

bool bfl_sha256_end(bfl_sha256* hash, uint8_t out[BF_DIGEST_SIZE])
{
    return EVP_DigestFinal_ex(hash->context, out, NULL) == 1;
}
