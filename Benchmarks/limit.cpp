// What oneDNN alone needs for the matrix products, convolutions and recurrences of a workload: the
// most that a training step built on it can reach on this machine.
//
// use: limit WORKLOAD BATCH SECONDS [bf16]
//
// Prints {"ready": ...} and then, for each line it reads, {"bench": "limit", "value": samples/s}: the
// batch over the sum of the medians of the primitives' times. Products run by matmul and by sgemm, the
// faster one counts; convolutions choose their own layouts; LSTM and GRU count as oneDNN's own forward
// and backward primitives, or as the sum of their products where that is faster. One thread.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include <dnnl.h>
#include <dnnl.hpp>

using namespace dnnl;
using Tag = memory::format_tag;
using Type = memory::data_type;
using Work = std::function<void()>;
using Arguments = std::unordered_map<int, memory>;

static engine cpu(engine::kind::cpu, 0);
static stream queue(cpu);

#if DNNL_VERSION_MAJOR >= 3
#define MAKE(kind, ...) kind::primitive_desc(cpu, __VA_ARGS__)
#define MAKE_BACKWARD(kind, hint, ...) kind::primitive_desc(cpu, __VA_ARGS__, hint)
#else
#define MAKE(kind, ...) kind::primitive_desc(kind::desc(__VA_ARGS__), cpu)
#define MAKE_BACKWARD(kind, hint, ...) kind::primitive_desc(kind::desc(__VA_ARGS__), cpu, hint)
#endif

// Memory with small numbers in it: denormal or huge values would take other paths.
static memory filled(const memory::desc &description, bool bf16 = false) {
  memory result(description, cpu);
  auto *bytes = static_cast<unsigned char *>(result.get_data_handle());
  size_t width = bf16 ? 2 : 4;
  for (size_t i = 0; i < description.get_size() / width; i++) {
    float value = float(i % 13) * 1e-2f;
    // A bf16 is the upper half of a float.
    std::memcpy(bytes + i * width, reinterpret_cast<unsigned char *>(&value) + 4 - width, width);
  }
  return result;
}

static Work runs(const primitive &operation, Arguments arguments) {
  return [=] {
    operation.execute(queue, arguments);
    queue.wait();
  };
}

// The seconds of one call: the median of repetitions that fill `budget` seconds.
static double seconds(const Work &work, double budget) {
  using Clock = std::chrono::steady_clock;
  work();
  std::vector<double> times;
  auto start = Clock::now();
  do {
    auto before = Clock::now();
    work();
    times.push_back(std::chrono::duration<double>(Clock::now() - before).count());
  } while (std::chrono::duration<double>(Clock::now() - start).count() < budget || times.size() < 3);
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

// Alternatives for the same result, and how often a step needs it.
struct Part {
  std::vector<Work> ways;
  double count;
};
using Parts = std::vector<Part>;

static void product(
    Parts &parts, long m, long k, long n, bool transposedA, bool transposedB, double count = 1,
    bool bf16 = false, bool floatResult = false) {
  auto operand = [&](long rows, long columns, bool transposed, Type type) {
    return memory::desc(
        {rows, columns}, type,
        transposed ? memory::dims{1, rows} : memory::dims{columns, 1});
  };
  Type type = bf16 ? Type::bf16 : Type::f32;
  auto a = filled(operand(m, k, transposedA, type), bf16);
  auto b = filled(operand(k, n, transposedB, type), bf16);
  auto c = filled(operand(m, n, false, floatResult ? Type::f32 : type), bf16 && !floatResult);
  Part part{{}, count};
  matmul operation(MAKE(matmul, a.get_desc(), b.get_desc(), c.get_desc()));
  part.ways.push_back(
      runs(operation, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}}));
  if (!bf16)
    part.ways.push_back([=] {
      auto pointer = [](const memory &m) { return static_cast<float *>(m.get_data_handle()); };
      dnnl_sgemm(
          transposedA ? 'T' : 'N', transposedB ? 'T' : 'N', m, n, k, 1, pointer(a),
          transposedA ? m : k, pointer(b), transposedB ? k : n, 0, pointer(c), n);
    });
  parts.push_back(part);
}

// Forward, gradient of the weights and, unless it is the first layer, of the input.
static void dense(Parts &parts, long batch, long inputs, long outputs, bool isFirst, bool bf16 = false) {
  product(parts, batch, inputs, outputs, false, false, 1, bf16);
  product(parts, inputs, batch, outputs, true, false, 1, bf16, true);
  if (!isFirst) product(parts, batch, outputs, inputs, false, true, 1, bf16);
}

static void stack(Parts &parts, long batch, std::vector<long> widths, bool bf16 = false) {
  for (size_t i = 0; i + 1 < widths.size(); i++)
    dense(parts, batch, widths[i], widths[i + 1], i == 0, bf16);
}

static void convolution(Parts &parts, long batch, long channels, long size, long filters, bool isFirst) {
  long output = size - 2;
  auto any = [](memory::dims dims) { return memory::desc(dims, Type::f32, Tag::any); };
  memory::desc x = any({batch, channels, size, size}), w = any({filters, channels, 3, 3});
  memory::desc y = any({batch, filters, output, output}), bias({filters}, Type::f32, Tag::a);
  memory::dims stride{1, 1}, padding{0, 0};
  auto direct = algorithm::convolution_direct;
  auto forward = MAKE(
      convolution_forward, prop_kind::forward_training, direct, x, w, bias, y, stride, padding,
      padding);
  parts.push_back(
      {{runs(
           convolution_forward(forward), {{DNNL_ARG_SRC, filled(forward.src_desc())},
                                          {DNNL_ARG_WEIGHTS, filled(forward.weights_desc())},
                                          {DNNL_ARG_BIAS, filled(forward.bias_desc())},
                                          {DNNL_ARG_DST, filled(forward.dst_desc())}})},
       1});
  auto weights = MAKE_BACKWARD(
      convolution_backward_weights, forward, direct, x, w, bias, y, stride, padding, padding);
  parts.push_back(
      {{runs(
           convolution_backward_weights(weights),
           {{DNNL_ARG_SRC, filled(weights.src_desc())},
            {DNNL_ARG_DIFF_WEIGHTS, filled(weights.diff_weights_desc())},
            {DNNL_ARG_DIFF_BIAS, filled(weights.diff_bias_desc())},
            {DNNL_ARG_DIFF_DST, filled(weights.diff_dst_desc())}})},
       1});
  if (isFirst) return;
  auto data =
      MAKE_BACKWARD(convolution_backward_data, forward, direct, x, w, y, stride, padding, padding);
  parts.push_back(
      {{runs(
           convolution_backward_data(data), {{DNNL_ARG_DIFF_SRC, filled(data.diff_src_desc())},
                                             {DNNL_ARG_WEIGHTS, filled(data.weights_desc())},
                                             {DNNL_ARG_DIFF_DST, filled(data.diff_dst_desc())}})},
       1});
}

// oneDNN's own LSTM (gates 4) or GRU with the reset after the product (gates 3) over a sequence.
static double recurrentPrimitives(long batch, long steps, long inputs, long units, long gates, double budget) {
  bool isLSTM = gates == 4;
  auto plain = [](memory::dims dims, Tag tag) { return memory::desc(dims, Type::f32, tag); };
  memory::desc x = plain({steps, batch, inputs}, Tag::tnc), h = plain({1, 1, batch, units}, Tag::ldnc);
  memory::desc y = plain({steps, batch, units}, Tag::tnc);
  memory::desc w = plain({1, 1, inputs, gates, units}, Tag::any);
  memory::desc u = plain({1, 1, units, gates, units}, Tag::any);
  memory::desc b = plain({1, 1, 4, units}, Tag::ldgo);  // both kinds have four biases a unit
  auto direction = rnn_direction::unidirectional_left2right;
  auto training = prop_kind::forward_training;
  Arguments ahead, back;
  auto put = [](Arguments &to, int name, const memory::desc &d) { to[name] = filled(d); };
  std::vector<Work> work;
  auto both = [&](const auto &forward, const auto &backward, auto makeForward, auto makeBackward) {
    put(ahead, DNNL_ARG_SRC_LAYER, forward.src_layer_desc());
    put(ahead, DNNL_ARG_SRC_ITER, forward.src_iter_desc());
    put(ahead, DNNL_ARG_WEIGHTS_LAYER, forward.weights_layer_desc());
    put(ahead, DNNL_ARG_WEIGHTS_ITER, forward.weights_iter_desc());
    put(ahead, DNNL_ARG_BIAS, forward.bias_desc());
    put(ahead, DNNL_ARG_DST_LAYER, forward.dst_layer_desc());
    put(ahead, DNNL_ARG_DST_ITER, forward.dst_iter_desc());
    put(ahead, DNNL_ARG_WORKSPACE, forward.workspace_desc());
    back = ahead;
    put(back, DNNL_ARG_WEIGHTS_LAYER, backward.weights_layer_desc());
    put(back, DNNL_ARG_WEIGHTS_ITER, backward.weights_iter_desc());
    put(back, DNNL_ARG_DIFF_SRC_LAYER, backward.diff_src_layer_desc());
    put(back, DNNL_ARG_DIFF_SRC_ITER, backward.diff_src_iter_desc());
    put(back, DNNL_ARG_DIFF_WEIGHTS_LAYER, backward.diff_weights_layer_desc());
    put(back, DNNL_ARG_DIFF_WEIGHTS_ITER, backward.diff_weights_iter_desc());
    put(back, DNNL_ARG_DIFF_BIAS, backward.diff_bias_desc());
    put(back, DNNL_ARG_DIFF_DST_LAYER, backward.diff_dst_layer_desc());
    put(back, DNNL_ARG_DIFF_DST_ITER, backward.diff_dst_iter_desc());
    if (isLSTM) {
      for (int name : {DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_ITER_C}) put(ahead, name, h), put(back, name, h);
      for (int name : {DNNL_ARG_DIFF_SRC_ITER_C, DNNL_ARG_DIFF_DST_ITER_C}) put(back, name, h);
    }
    work = {runs(makeForward(forward), ahead), runs(makeBackward(backward), back)};
  };
  if (isLSTM) {
    auto f = MAKE(lstm_forward, training, direction, x, h, h, w, u, b, y, h, h);
    auto g = MAKE_BACKWARD(
        lstm_backward, f, prop_kind::backward, direction, x, h, h, w, u, b, y, h, h, x, h, h, w, u, b,
        y, h, h);
    both(f, g, [](auto &d) { return lstm_forward(d); }, [](auto &d) { return lstm_backward(d); });
  } else {
    auto f = MAKE(lbr_gru_forward, training, direction, x, h, w, u, b, y, h);
    auto g = MAKE_BACKWARD(
        lbr_gru_backward, f, prop_kind::backward, direction, x, h, w, u, b, y, h, x, h, w, u, b, y, h);
    both(f, g, [](auto &d) { return lbr_gru_forward(d); }, [](auto &d) { return lbr_gru_backward(d); });
  }
  return seconds(work[0], budget) + seconds(work[1], budget);
}

static double time(const Parts &parts, double budget) {
  double sum = 0;
  for (auto &part : parts) {
    double best = 1e9;
    for (auto &way : part.ways)
      best = std::min(best, seconds(way, budget / double(parts.size() * part.ways.size())));
    sum += best * part.count;
  }
  return sum;
}

int main(int count, char **words) {
  if (count < 4) return std::fprintf(stderr, "use: limit WORKLOAD BATCH SECONDS [bf16]\n"), 64;
  omp_set_num_threads(1);
  std::string name = words[1];
  long batch = std::atol(words[2]);
  double budget = std::atof(words[3]);
  bool bf16 = count > 4 && std::string(words[4]) == "bf16";
  Parts parts, products;
  long gates = 0;
  if (name == "mlp") {
    stack(parts, batch, {784, 256, 256, 10}, bf16);
  } else if (name == "ae") {
    stack(parts, batch, {784, 256, 128, 256, 784}, bf16);
  } else if (name == "wide") {
    stack(parts, batch, {1000, 2048, 2048, 1000}, bf16);
  } else if (name == "cnn") {
    convolution(parts, batch, 1, 28, 32, true);
    convolution(parts, batch, 32, 26, 64, false);
    dense(parts, batch, 9216, 128, false);
    dense(parts, batch, 128, 10, false);
  } else if (name == "lstm" || name == "gru") {
    gates = name == "lstm" ? 4 : 3;
    dense(parts, batch, 128, 10, false);
    product(products, batch * 28, 28, 128 * gates, false, false);    // all steps' inputs at once
    product(products, batch, 128, 128 * gates, false, false, 28);    // the state, step by step
    product(products, batch, 128 * gates, 128, false, true, 28);     // its gradient
    product(products, 128, batch * 28, 128 * gates, true, false);    // gradients of the weights
    product(products, 28, batch * 28, 128 * gates, true, false);
  } else {
    return std::fprintf(stderr, "no workload '%s': mlp ae wide cnn lstm gru\n", name.c_str()), 64;
  }
  const dnnl_version_t *version = dnnl_version();
  std::printf(
      "{\"ready\": \"limit\", \"version\": \"%d.%d.%d\"}\n", version->major, version->minor,
      version->patch);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    double sum = time(parts, budget / (gates ? 4 : 1));
    const char *way = "products";
    if (gates) {
      double own = recurrentPrimitives(batch, 28, 28, 128, gates, budget / 4);
      double split = time(products, budget / 4);
      way = own < split ? "primitives" : "products";
      sum += std::min(own, split);
    }
    std::printf(
        "{\"bench\": \"limit\", \"value\": %.1f, \"unit\": \"samples/s\", \"way\": \"%s\"}\n",
        double(batch) / sum, way);
    std::fflush(stdout);
  }
  return 0;
}
