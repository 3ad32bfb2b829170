// What a worker's weights and those that all workers share do to each other, in one pass each.
#include "include/ck_exchange.h"

#include <stdint.h>
#include <string.h>

#include "clones.h"

CK_CLONES
void ck_elastic(size_t n, float alpha, float *restrict own, float *restrict shared) {
  for (size_t i = 0; i < n; i++) {
    float d = alpha * (own[i] - shared[i]);
    own[i] -= d;
    shared[i] += d;
  }
}

CK_CLONES
void ck_elastic_ahead(
    size_t n, float alpha, float momentum, const float *restrict velocity, float *restrict own,
    float *restrict start, float *restrict shared) {
  for (size_t i = 0; i < n; i++) {
    float d = alpha * (own[i] - momentum * velocity[i] - shared[i]);
    float next = own[i] - d;
    own[i] = next;
    start[i] = next;
    shared[i] += d;
  }
}

CK_CLONES
void ck_add_momentum(
    size_t n, float momentum, float *restrict start, float *restrict velocity, float *restrict own) {
  for (size_t i = 0; i < n; i++) {
    float v = momentum * velocity[i] + (own[i] - start[i]);
    float next = own[i] + momentum * v;
    velocity[i] = v;
    own[i] = next;
    start[i] = next;
  }
}

CK_CLONES
void ck_take_change(
    size_t n, float lost, float *restrict own, float *restrict start, float *restrict shared) {
  for (size_t i = 0; i < n; i++) {
    // In this order the weights of a worker that is alone stay what its steps have made them.
    float next = (own[i] + (shared[i] - start[i])) - lost * (own[i] - start[i]);
    shared[i] = next;
    own[i] = next;
    start[i] = next;
  }
}

CK_CLONES
void ck_match_energy(
    size_t n, float momentum, float kappa, float *restrict own, float *restrict start,
    float *restrict seen, float *restrict moment, float *restrict shared) {
  for (size_t i = 0; i < n; i++) {
    float u = own[i] - start[i];
    float m = momentum * moment[i] + u;
    // Where a worker changed nothing it pushes nothing; the small number only keeps 0/0 away.
    float ratio = (kappa * ck_abs(m) - ck_abs(shared[i] - seen[i])) / (ck_abs(u) + 1e-12f);
    float pi = ratio < 0.0f ? 0.0f : (ratio > 5.0f ? 5.0f : ratio);
    float next = shared[i] + pi * u;
    moment[i] = m;
    seen[i] = shared[i];
    shared[i] = next;
    own[i] = next;
    start[i] = next;
  }
}

CK_CLONES
void ck_scaled_change(
    size_t n, float factor, const float *restrict start, const float *restrict own,
    float *restrict change) {
  for (size_t i = 0; i < n; i++) change[i] = factor * (start[i] - own[i]);
}

CK_CLONES
_Bool ck_finite_change(
    size_t n, float factor, const float *restrict start, const float *restrict own,
    float *restrict change) {
  uint32_t found = 0;
  for (size_t i = 0; i < n; i++) {
    float d = factor * (start[i] - own[i]);
    uint32_t bits;
    memcpy(&bits, &d, sizeof bits);
    change[i] = d;
    found |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  return !found;
}

CK_CLONES
_Bool ck_sum_is_within(
    size_t n, float limit, const float *restrict a, const float *restrict b) {
  uint32_t found = 0;
  for (size_t i = 0; i < n; i++) found |= !(ck_abs(a[i] + b[i]) <= limit);
  return !found;
}

CK_CLONES
void ck_outer_step(
    size_t n, float rate, float momentum, float factor, const float *restrict change,
    float *restrict velocity, float *restrict start, float *restrict own) {
  for (size_t i = 0; i < n; i++) {
    float d = factor * change[i];
    float v = momentum * velocity[i] + d;
    float next = start[i] - rate * (d + momentum * v);
    velocity[i] = v;
    start[i] = next;
    own[i] = next;
  }
}

CK_CLONES
void ck_compensate(
    size_t n, float lambda, const float *restrict now, const float *restrict read,
    float *restrict g) {
  for (size_t i = 0; i < n; i++) g[i] = g[i] + lambda * g[i] * g[i] * (now[i] - read[i]);
}
