// Convolutions over channels-last tensors for Swift: one shim for every major version of oneDNN.
#ifndef CONEDNN_CONVOLUTION_H
#define CONEDNN_CONVOLUTION_H
#include <dnnl.h>
#include <string.h>

// oneDNN 2 has memory descriptions as values, 3 as objects.
#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *cdnn_description;
#define CDNN_DESCRIPTION(d) (&(d))
#define cdnn_release(d) ((void)(d))
#define cdnn_strided dnnl_memory_desc_init_by_strides
#define cdnn_tagged dnnl_memory_desc_init_by_tag
#else
typedef const_dnnl_memory_desc_t cdnn_description;
#define CDNN_DESCRIPTION(d) (d)
#define cdnn_release(d) ((void)((d) ? dnnl_memory_desc_destroy(d) : dnnl_success))
#define cdnn_strided dnnl_memory_desc_create_with_strides
#define cdnn_tagged dnnl_memory_desc_create_with_tag
#endif

/// A convolution from [batch, in..., in_channels] to [batch, out..., out_channels] by a kernel
/// [kernel..., in_channels / groups, out_channels]. A dilation of 1 is none. Source and destination are
/// plain rows of channels, or with a block of 8 or 16 channels [batch, channels / block, places..., block];
/// the source may be plain where the destination is not.
typedef struct {
  int axes;  // 1, 2 or 3
  int source_block, destination_block;  // 1: plain
  dnnl_dim_t batch, groups, in_channels, out_channels;
  dnnl_dim_t in[3], out[3], kernel[3], stride[3], dilation[3], before[3], after[3];
} cdnn_convolution_shape;

enum {
  CDNN_FORWARD = 0,          // reads source, kernel and bias, writes destination
  CDNN_BACKWARD_SOURCE = 1,  // reads destination and kernel, writes source
  CDNN_BACKWARD_KERNEL = 2,  // reads source and destination, writes kernel and bias
  CDNN_ANY = 0,              // a block of as many channels as oneDNN likes
  CDNN_PLANES = -1,          // one channel behind the other
};

/// One direction of a convolution, made once and executed many times.
typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t memory[5];  // source, kernel, destination, scratchpad, bias (or null)
  dnnl_exec_arg_t arguments[5];
  int count, direction;
  int fixed_kernel;         // whether the kernel is in oneDNN's form already, and stays as it is
  size_t scratch_bytes;     // the largest of all scratchpads
  // Source and kernel where oneDNN's form is not the caller's: else null, and 0 bytes.
  dnnl_primitive_t reorder[2];
  dnnl_memory_t caller[2], scratch[2];
  dnnl_exec_arg_t reordering[2][3];
  size_t own_bytes[2];
} cdnn_convolution;

static inline void cdnn_convolution_destroy(cdnn_convolution *c) {
  for (int i = 0; i < 5; i++)
    if (c->memory[i]) dnnl_memory_destroy(c->memory[i]);
  for (int i = 0; i < 2; i++) {
    if (c->caller[i]) dnnl_memory_destroy(c->caller[i]);
    if (c->scratch[i]) dnnl_memory_destroy(c->scratch[i]);
    if (c->reorder[i]) dnnl_primitive_destroy(c->reorder[i]);
  }
  if (c->primitive) dnnl_primitive_destroy(c->primitive);
  *c = (cdnn_convolution){0};
}

// A tensor; the logical order is batch, channels, places.
static inline dnnl_status_t cdnn_tensor(
    dnnl_memory_desc_t *md, int axes, dnnl_dim_t batch, dnnl_dim_t channels, const dnnl_dim_t *places,
    int block) {
  static const dnnl_format_tag_t tags[3][3] = {
      {dnnl_nCw8c, dnnl_nChw8c, dnnl_nCdhw8c}, {dnnl_nCw16c, dnnl_nChw16c, dnnl_nCdhw16c},
      {dnnl_ncw, dnnl_nchw, dnnl_ncdhw}};
  dnnl_dims_t shape = {batch, channels}, strides = {0, 1};
  dnnl_dim_t stride = channels;
  if (block != 1) {
    for (int i = 0; i < axes; i++) shape[2 + i] = places[i];
    dnnl_format_tag_t tag = block == CDNN_ANY ? dnnl_format_tag_any
                            : block > 1       ? tags[block == 16][axes - 1]
                                              : tags[2][axes - 1];
    return cdnn_tagged(md, axes + 2, shape, dnnl_f32, tag);
  }
  for (int i = axes - 1; i >= 0; i--) {
    shape[2 + i] = places[i];
    strides[2 + i] = stride;
    stride *= places[i];
  }
  strides[0] = stride;
  return cdnn_strided(md, axes + 2, shape, dnnl_f32, strides);
}

// The kernel as the caller has it, and in whichever form oneDNN likes: (groups,) maps, channels, places.
static inline dnnl_status_t cdnn_kernels(
    dnnl_memory_desc_t *plain, dnnl_memory_desc_t *any, const cdnn_convolution_shape *s) {
  dnnl_dims_t shape, strides;
  dnnl_dim_t maps = s->out_channels / s->groups, channels = s->in_channels / s->groups;
  int n = 0;
  if (s->groups > 1) {
    shape[n] = s->groups;
    strides[n++] = maps;
  }
  shape[n] = maps;
  strides[n++] = 1;
  shape[n] = channels;
  strides[n++] = s->out_channels;
  dnnl_dim_t stride = channels * s->out_channels;
  for (int i = s->axes - 1; i >= 0; i--) {
    shape[n + i] = s->kernel[i];
    strides[n + i] = stride;
    stride *= s->kernel[i];
  }
  n += s->axes;
  dnnl_status_t status = cdnn_strided(plain, n, shape, dnnl_f32, strides);
  if (!status) status = cdnn_tagged(any, n, shape, dnnl_f32, dnnl_format_tag_any);
  return status;
}

static inline dnnl_status_t cdnn_direction(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, int direction, int inference,
    cdnn_description source, cdnn_description kernel, cdnn_description bias,
    cdnn_description destination, const cdnn_convolution_shape *s, dnnl_primitive_attr_t attributes,
    dnnl_primitive_desc_t hint) {
  dnnl_dims_t dilation;
  for (int i = 0; i < s->axes; i++) dilation[i] = s->dilation[i] - 1;
  dnnl_prop_kind_t kind = inference ? dnnl_forward_inference : dnnl_forward_training;
  dnnl_alg_kind_t algorithm = dnnl_convolution_direct;
#if DNNL_VERSION_MAJOR < 3
  dnnl_convolution_desc_t operation;
  dnnl_status_t status;
  if (direction == CDNN_FORWARD)
    status = dnnl_dilated_convolution_forward_desc_init(
        &operation, kind, algorithm, source, kernel, bias, destination, s->stride, dilation,
        s->before, s->after);
  else if (direction == CDNN_BACKWARD_SOURCE)
    status = dnnl_dilated_convolution_backward_data_desc_init(
        &operation, algorithm, source, kernel, destination, s->stride, dilation, s->before, s->after);
  else
    status = dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, algorithm, source, kernel, bias, destination, s->stride, dilation, s->before,
        s->after);
  if (status) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine, hint);
#else
  if (direction == CDNN_FORWARD)
    return dnnl_convolution_forward_primitive_desc_create(
        made, engine, kind, algorithm, source, kernel, bias, destination, s->stride, dilation,
        s->before, s->after, attributes);
  if (direction == CDNN_BACKWARD_SOURCE)
    return dnnl_convolution_backward_data_primitive_desc_create(
        made, engine, algorithm, source, kernel, destination, s->stride, dilation, s->before, s->after,
        hint, attributes);
  return dnnl_convolution_backward_weights_primitive_desc_create(
      made, engine, algorithm, source, kernel, bias, destination, s->stride, dilation, s->before,
      s->after, hint, attributes);
#endif
}

// Whether the direction writes operand 0, the source, or 1, the kernel.
static inline int cdnn_writes(const cdnn_convolution *c, int operand) {
  return c->direction == (operand == 0 ? CDNN_BACKWARD_SOURCE : CDNN_BACKWARD_KERNEL);
}

// The reorder of an operand between the caller's form and oneDNN's: before the primitive, or behind it.
static inline dnnl_status_t cdnn_convolution_reorder(
    cdnn_convolution *c, int operand, dnnl_engine_t engine, cdnn_description caller,
    cdnn_description own, dnnl_primitive_attr_t attributes) {
  int behind = cdnn_writes(c, operand);
  dnnl_primitive_desc_t description = 0;
  dnnl_status_t status = dnnl_reorder_primitive_desc_create(
      &description, behind ? own : caller, engine, behind ? caller : own, engine, attributes);
  if (status) return status;
  cdnn_description scratch =
      dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  size_t bytes = dnnl_memory_desc_get_size(scratch);
  if (bytes > c->scratch_bytes) c->scratch_bytes = bytes;
  status = dnnl_memory_create(&c->scratch[operand], scratch, engine, DNNL_MEMORY_NONE);
  if (!status) status = dnnl_memory_create(&c->caller[operand], caller, engine, DNNL_MEMORY_NONE);
  if (!status) status = dnnl_primitive_create(&c->reorder[operand], description);
  dnnl_primitive_desc_destroy(description);
  c->own_bytes[operand] = dnnl_memory_desc_get_size(own);
  dnnl_memory_t outside = c->caller[operand], inside = c->memory[operand];
  dnnl_exec_arg_t *arguments = c->reordering[operand];
  arguments[0] = (dnnl_exec_arg_t){.arg = DNNL_ARG_FROM, .memory = behind ? inside : outside};
  arguments[1] = (dnnl_exec_arg_t){.arg = DNNL_ARG_TO, .memory = behind ? outside : inside};
  arguments[2] = (dnnl_exec_arg_t){.arg = DNNL_ARG_SCRATCHPAD, .memory = c->scratch[operand]};
  return status;
}

/// Makes one direction. The pointers are set later; on failure nothing needs to be freed.
static inline dnnl_status_t cdnn_convolution_create(
    cdnn_convolution *c, dnnl_engine_t engine, int direction, int inference,
    const cdnn_convolution_shape *s, int with_bias) {
  *c = (cdnn_convolution){.direction = direction};
  dnnl_memory_desc_t source, liked, destination, plain, any, bias;
  memset(&source, 0, sizeof source);
  memset(&liked, 0, sizeof liked);
  memset(&destination, 0, sizeof destination);
  memset(&plain, 0, sizeof plain);
  memset(&any, 0, sizeof any);
  memset(&bias, 0, sizeof bias);
  dnnl_primitive_attr_t attributes = 0;
  dnnl_primitive_desc_t hint = 0, description = 0;
  dnnl_dims_t bias_shape = {s->out_channels}, bias_strides = {1};
  int differ = s->destination_block > 1 && s->source_block == 1;
  // Rows of one channel are planes, too, and blocks go with planes.
  dnnl_status_t status = cdnn_tensor(
      &source, s->axes, s->batch, s->in_channels, s->in,
      differ && s->in_channels == 1 ? CDNN_PLANES : s->source_block);
  if (!status)
    status = cdnn_tensor(
        &liked, s->axes, s->batch, s->in_channels, s->in, differ ? CDNN_ANY : s->source_block);
  if (!status)
    status = cdnn_tensor(
        &destination, s->axes, s->batch, s->out_channels, s->out, s->destination_block);
  if (!status) status = cdnn_kernels(&plain, &any, s);
  if (!status) status = cdnn_strided(&bias, 1, bias_shape, dnnl_f32, bias_strides);
  if (!status) status = dnnl_primitive_attr_create(&attributes);
  if (!status)
    status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (!status && direction != CDNN_FORWARD)
    status = cdnn_direction(
        &hint, engine, CDNN_FORWARD, 0, CDNN_DESCRIPTION(liked), CDNN_DESCRIPTION(any), 0,
        CDNN_DESCRIPTION(destination), s, attributes, 0);
  if (!status)
    status = cdnn_direction(
        &description, engine, direction, inference, CDNN_DESCRIPTION(liked), CDNN_DESCRIPTION(any),
        with_bias ? CDNN_DESCRIPTION(bias) : 0, CDNN_DESCRIPTION(destination), s, attributes, hint);
  if (!status)
    status =
        dnnl_memory_create(&c->memory[2], CDNN_DESCRIPTION(destination), engine, DNNL_MEMORY_NONE);
  if (!status && with_bias)
    status = dnnl_memory_create(&c->memory[4], CDNN_DESCRIPTION(bias), engine, DNNL_MEMORY_NONE);
  if (!status) {
    cdnn_description scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    c->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    status = dnnl_memory_create(&c->memory[3], scratch, engine, DNNL_MEMORY_NONE);
  }
  for (int i = 0; i < 2 && !status; i++) {
    const dnnl_query_t written[2] = {dnnl_query_diff_src_md, dnnl_query_diff_weights_md};
    const dnnl_query_t read[2] = {dnnl_query_src_md, dnnl_query_weights_md};
    cdnn_description caller = i == 0 ? CDNN_DESCRIPTION(source) : CDNN_DESCRIPTION(plain);
    cdnn_description own =
        dnnl_primitive_desc_query_md(description, cdnn_writes(c, i) ? written[i] : read[i], 0);
    status = dnnl_memory_create(&c->memory[i], own, engine, DNNL_MEMORY_NONE);
    if (!status && !dnnl_memory_desc_equal(own, caller))
      status = cdnn_convolution_reorder(c, i, engine, caller, own, attributes);
  }
  if (!status) status = dnnl_primitive_create(&c->primitive, description);
  const int names[3][5] = {
      {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD, DNNL_ARG_BIAS},
      {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_SCRATCHPAD, 0},
      {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_SCRATCHPAD,
       DNNL_ARG_DIFF_BIAS}};
  for (int i = 0; i < 5; i++)
    if (c->memory[i])
      c->arguments[c->count++] =
          (dnnl_exec_arg_t){.arg = names[direction][i], .memory = c->memory[i]};
  if (description) dnnl_primitive_desc_destroy(description);
  if (hint) dnnl_primitive_desc_destroy(hint);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  cdnn_release(source);
  cdnn_release(liked);
  cdnn_release(destination);
  cdnn_release(plain);
  cdnn_release(any);
  cdnn_release(bias);
  if (status) cdnn_convolution_destroy(c);
  return status;
}

/// Sets where operand `index` lies: 0 the caller's source, 1 the caller's kernel, 2 destination, 3
/// scratchpad, 4 bias, 5 and 6 oneDNN's form of source and kernel (of `own_bytes`, where that is not 0).
static inline dnnl_status_t cdnn_convolution_bind(cdnn_convolution *c, int index, void *data) {
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < 2 && index == 3 && !status; i++)
    if (c->scratch[i]) status = dnnl_memory_set_data_handle(c->scratch[i], data);
  dnnl_memory_t memory = index > 4                        ? c->memory[index - 5]
                         : index < 2 && c->caller[index] ? c->caller[index]
                                                          : c->memory[index];
  return memory && !status ? dnnl_memory_set_data_handle(memory, data) : status;
}

/// Brings the kernel that is bound into oneDNN's form once; it must not change until another one is bound.
static inline dnnl_status_t cdnn_convolution_fix_kernel(cdnn_convolution *c, dnnl_stream_t stream) {
  c->fixed_kernel = 1;
  if (!c->reorder[1]) return dnnl_success;
  dnnl_status_t status = dnnl_primitive_execute(c->reorder[1], stream, 3, c->reordering[1]);
  return status ? status : dnnl_stream_wait(stream);
}

static inline dnnl_status_t cdnn_convolution_execute(
    const cdnn_convolution *c, dnnl_stream_t stream) {
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < 2 - c->fixed_kernel && !status; i++)
    if (c->reorder[i] && !cdnn_writes(c, i))
      status = dnnl_primitive_execute(c->reorder[i], stream, 3, c->reordering[i]);
  if (!status) status = dnnl_primitive_execute(c->primitive, stream, c->count, c->arguments);
  for (int i = 0; i < 2 && !status; i++)
    if (c->reorder[i] && cdnn_writes(c, i))
      status = dnnl_primitive_execute(c->reorder[i], stream, 3, c->reordering[i]);
  return status;
}
#endif
