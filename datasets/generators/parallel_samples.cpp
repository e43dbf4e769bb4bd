#include "datasets/generators/parallel_samples.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <mutex>
#include <omp.h>
#include <thread>

namespace halfwave::datasets {
namespace {

using Clock = std::chrono::steady_clock;

/// LibTorch and the library below it keep to one thread in the thread that holds this; samples are what runs
/// in parallel. OpenMP's own setting is one of the calling thread, LibTorch's would reach others.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

std::string remaining(double seconds) {
  if (seconds < 5.0) return {};
  if (seconds < 100.0) return ", about " + std::to_string(std::lround(seconds)) + " s left";
  if (seconds < 6000.0) return ", about " + std::to_string(std::lround(seconds / 60.0)) + " min left";
  return ", about " + std::to_string(std::lround(seconds / 3600.0)) + " h left";
}

class Work {
 public:
  Work(int samples, int threads, std::string what, const Progress& progress)
      : samples_(samples), threads_(threads), what_(std::move(what)), progress_(progress) {}

  void run(const std::function<MakeSample()>& worker) noexcept {
    try {
      const OneThread guard;
      const MakeSample make = worker();
      for (int sample = next_++; sample < samples_ && !stop_; sample = next_++) {
        if (progress_.cancelled()) throw Cancelled();
        make(sample);
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

 private:
  void tell() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (!progress_.report) return;
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
    // Until every thread has given a sample, the first one speaks for all of them.
    const double per_sample = elapsed / (done_ < threads_ ? threads_ : done_);
    progress_.report(static_cast<double>(done_) / samples_, what_ + ", sample " + std::to_string(done_) +
                                                                " of " + std::to_string(samples_) +
                                                                remaining(per_sample * (samples_ - done_)));
  }

  const int samples_;
  const int threads_;
  const std::string what_;
  const Progress& progress_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<int> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  int done_ = 0;
  std::exception_ptr error_;
};

}  // namespace

void for_each_sample(int samples, int threads, const std::string& what, const Progress& progress,
                     const std::function<MakeSample()>& worker) {
  if (progress.cancelled()) throw Cancelled();
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  threads = std::min(threads, samples);
  Work work(samples, threads, what, progress);
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back([&] { work.run(worker); });
    work.run(worker);
  }
  work.rethrow();
}

void check_samples(int samples, double values_per_sample) {
  if (samples < 1)
    throw FieldError("samples", std::to_string(samples) + " is too few; at least 1 is needed.");
  constexpr double limit = 32e9;
  const double bytes = 4.0 * values_per_sample;
  if (bytes * samples > limit)
    throw FieldError("samples", std::to_string(samples) + " samples take more than 32 GB; at most " +
                                    std::to_string(static_cast<long long>(limit / bytes)) + " fit.");
}

void check_resolution(int resolution, int least, int most, const std::string& generator) {
  if (resolution < least || resolution > most)
    throw FieldError("resolution", std::to_string(resolution) + " is out of range; the " + generator +
                                       " generator takes " + std::to_string(least) + " to " +
                                       std::to_string(most) + " points an axis.");
}

void check_range(const std::string& field, double value, double least, double most) {
  if (value >= least && value <= most) return;
  char text[120];
  std::snprintf(text, sizeof text, "%g is out of range; %g to %g is possible here.", value, least, most);
  throw FieldError(field, text);
}

}  // namespace halfwave::datasets
