// oneDNN for Swift: one shim for every major version.
#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H
#include <dlfcn.h>
#include <dnnl.h>

// The OpenMP thread count belongs to the calling thread; oneDNN asks for it when a primitive is
// made and when it runs. Looked up by name: oneDNN may be built with another threading runtime.
typedef void (*cdnn_set_threads)(int);
static inline cdnn_set_threads cdnn_find_set_threads(void) {
  return (cdnn_set_threads)dlsym(RTLD_DEFAULT, "omp_set_num_threads");
}

/// One matrix product C = A B (+ bias in each row), made once and executed many times.
typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t memory[5];  // source, weights, destination, scratchpad, bias (or null)
  dnnl_exec_arg_t arguments[5];
  int count;
  size_t scratch_bytes;
} cdnn_product;

// `batch` matrices of `rows` x `columns`, one behind the other; 1: a plain matrix.
static inline dnnl_status_t cdnn_matrix(
    dnnl_memory_t *memory, dnnl_engine_t engine, dnnl_dim_t batch, dnnl_dim_t rows,
    dnnl_dim_t columns, dnnl_dim_t row_stride, dnnl_dim_t column_stride, dnnl_data_type_t type) {
  dnnl_dims_t shape = {batch, rows, columns};
  dnnl_dims_t strides = {rows * columns, row_stride, column_stride};
  int first = batch == 1;
  dnnl_memory_desc_t description;
#if DNNL_VERSION_MAJOR < 3
  dnnl_status_t status = dnnl_memory_desc_init_by_strides(
      &description, 3 - first, shape + first, type, strides + first);
  if (status) return status;
  return dnnl_memory_create(memory, &description, engine, DNNL_MEMORY_NONE);
#else
  dnnl_status_t status = dnnl_memory_desc_create_with_strides(
      &description, 3 - first, shape + first, type, strides + first);
  if (status) return status;
  status = dnnl_memory_create(memory, description, engine, DNNL_MEMORY_NONE);
  dnnl_memory_desc_destroy(description);
  return status;
#endif
}

static inline void cdnn_product_destroy(cdnn_product *p) {
  for (int i = 0; i < 5; i++)
    if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
}

/// Makes the product of A (m x k) and B (k x n), each stored row by row, or transposed when so
/// said, or `batch` such products one behind the other. A and B have the type `type`, all else is
/// float. The pointers are set later; on failure
/// nothing needs to be freed.
static inline dnnl_status_t cdnn_product_create(
    cdnn_product *p, dnnl_engine_t engine, dnnl_dim_t batch, dnnl_dim_t m, dnnl_dim_t k, dnnl_dim_t n,
    int transposed_a, int transposed_b, int with_bias, dnnl_data_type_t type) {
  *p = (cdnn_product){0};
  dnnl_primitive_attr_t attributes = 0;
  dnnl_primitive_desc_t description = 0;
  dnnl_status_t status = cdnn_matrix(
      &p->memory[0], engine, batch, m, k, transposed_a ? 1 : k, transposed_a ? m : 1, type);
  if (!status)
    status = cdnn_matrix(
        &p->memory[1], engine, batch, k, n, transposed_b ? 1 : n, transposed_b ? k : 1, type);
  if (!status) status = cdnn_matrix(&p->memory[2], engine, batch, m, n, n, 1, dnnl_f32);
  if (!status && with_bias) status = cdnn_matrix(&p->memory[4], engine, 1, 1, n, n, 1, dnnl_f32);
  if (!status) status = dnnl_primitive_attr_create(&attributes);
  if (!status)
    status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
#if DNNL_VERSION_MAJOR < 3
  const dnnl_memory_desc_t *md[5] = {0};
  for (int i = 0; i < 5 && !status; i++)
    if (p->memory[i]) status = dnnl_memory_get_memory_desc(p->memory[i], &md[i]);
  dnnl_matmul_desc_t operation;
  if (!status) status = dnnl_matmul_desc_init(&operation, md[0], md[1], md[4], md[2]);
  if (!status)
    status = dnnl_primitive_desc_create(&description, &operation, attributes, engine, 0);
  if (!status) {
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    p->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    status = dnnl_memory_create(&p->memory[3], scratch, engine, DNNL_MEMORY_NONE);
  }
#else
  const_dnnl_memory_desc_t md[5] = {0};
  for (int i = 0; i < 5 && !status; i++)
    if (p->memory[i]) status = dnnl_memory_get_memory_desc(p->memory[i], &md[i]);
  if (!status)
    status = dnnl_matmul_primitive_desc_create(
        &description, engine, md[0], md[1], md[4], md[2], attributes);
  if (!status) {
    const_dnnl_memory_desc_t scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    p->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    status = dnnl_memory_create(&p->memory[3], scratch, engine, DNNL_MEMORY_NONE);
  }
#endif
  if (!status) status = dnnl_primitive_create(&p->primitive, description);
  const int names[5] = {
      DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD, DNNL_ARG_BIAS};
  for (int i = 0; i < 5; i++)
    if (p->memory[i])
      p->arguments[p->count++] = (dnnl_exec_arg_t){.arg = names[i], .memory = p->memory[i]};
  if (description) dnnl_primitive_desc_destroy(description);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  if (status) cdnn_product_destroy(p);
  return status;
}

/// Sets where operand `index` lies: 0 A, 1 B, 2 C, 3 scratchpad, 4 bias.
static inline dnnl_status_t cdnn_product_bind(cdnn_product *p, int index, void *data) {
  return p->memory[index] ? dnnl_memory_set_data_handle(p->memory[index], data) : dnnl_success;
}

static inline dnnl_status_t cdnn_product_execute(const cdnn_product *p, dnnl_stream_t stream) {
  return dnnl_primitive_execute(p->primitive, stream, p->count, p->arguments);
}
#endif
