#ifndef CK_ATTENTION_H
#define CK_ATTENTION_H
#include <stddef.h>

/// [samples, places, heads, width] to [samples, heads, places, width]; swapping `places` and `heads`
/// turns it back.
void ck_swap_axes(
    size_t samples, size_t places, size_t heads, size_t width, const float *x, float *y);

/// Softmax of each row of scores s [samples, heads, queries, keys], scaled, in place.
///
/// `queryMask` and `keyMask` (samples x queries, samples x keys; either may be null) have 0 where a
/// place is not there; with `causal` a query sees keys up to its own place. A query that sees none
/// has the weight `unseeing` for every key.
void ck_attention_softmax(
    size_t samples, size_t heads, size_t queries, size_t keys, float scale, int causal,
    float unseeing, const float *queryMask, const float *keyMask, float *s);

/// Sets the rows of g, the gradient of these scores, to 0 whose query sees nothing: whatever its scores
/// are, its weights are the same.
void ck_attention_drop_unseeing(
    size_t samples, size_t heads, size_t queries, size_t keys, int causal, const float *queryMask,
    const float *keyMask, float *g);
#endif
