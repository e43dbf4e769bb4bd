#include "datasets/generators/darcy.h"

#include "datasets/generators/darcy_solver.h"
#include "datasets/generators/gaussian_random_field.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace halfwave::datasets {
namespace {

void check(const DarcySpec& spec) {
  if (spec.resolution < 4 || spec.resolution > 1024)
    throw FieldError("resolution",
                     std::to_string(spec.resolution) +
                         " is out of range; the Darcy generator takes 4 to 1024 cells an axis.");
  if (spec.samples < 1)
    throw FieldError("samples", std::to_string(spec.samples) + " is too few; at least 1 is needed.");
  constexpr double limit = 32e9;
  const double bytes_per_sample = 8.0 * spec.resolution * spec.resolution;
  if (bytes_per_sample * spec.samples > limit)
    throw FieldError("samples",
                     std::to_string(spec.samples) + " samples of " + std::to_string(spec.resolution) + "×" +
                         std::to_string(spec.resolution) + " take more than 32 GB; at most " +
                         std::to_string(static_cast<long long>(limit / bytes_per_sample)) + " fit.");
}

int thread_count(int wanted, int samples) {
  if (wanted <= 0) wanted = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return std::min(wanted, samples);
}

/// What the working threads share.
class Work {
 public:
  Work(const DarcySpec& spec, const Progress& progress)
      : spec_(spec), progress_(progress), field_(spec.resolution) {
    const auto values = static_cast<std::size_t>(spec.samples) * spec.resolution * spec.resolution;
    result.coefficient.resize(values);
    result.pressure.resize(values);
  }

  /// Takes samples until there are none left, one thread's share.
  void run() noexcept {
    try {
      DarcySolver solver(spec_.resolution);
      for (int sample = next_++; sample < spec_.samples && !stop_; sample = next_++) {
        if (progress_.cancelled()) throw Cancelled();
        solve(sample, solver);
        tell();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stop_ = true;
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

  DarcySamples result;

 private:
  void solve(int sample, DarcySolver& solver) {
    std::vector<double> a = field_.sample({spec_.seed, spec_.stream, static_cast<std::uint32_t>(sample)});
    for (double& value : a) value = value >= 0.0 ? darcy_high : darcy_low;
    const std::vector<double> u = solver.solve(a, std::vector<double>(a.size(), 1.0));
    const auto offset = static_cast<std::ptrdiff_t>(a.size()) * sample;
    std::copy(a.begin(), a.end(), result.coefficient.begin() + offset);
    std::copy(u.begin(), u.end(), result.pressure.begin() + offset);
  }

  void tell() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (progress_.report)
      progress_.report(
          static_cast<double>(done_) / spec_.samples,
          "Solving Darcy flow, sample " + std::to_string(done_) + " of " + std::to_string(spec_.samples));
  }

  const DarcySpec& spec_;
  const Progress& progress_;
  GaussianRandomField field_;
  std::atomic<int> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  int done_ = 0;
  std::exception_ptr error_;
};

}  // namespace

DarcySamples solve_darcy(const DarcySpec& spec, const Progress& progress, int threads) {
  check(spec);
  if (progress.cancelled()) throw Cancelled();
  Work work(spec, progress);
  {
    std::vector<std::jthread> helpers;
    for (int i = thread_count(threads, spec.samples); i > 1; --i)
      helpers.emplace_back([&work] { work.run(); });
    work.run();
  }
  work.rethrow();
  return std::move(work.result);
}

}  // namespace halfwave::datasets
