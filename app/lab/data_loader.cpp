#include "app/lab/data_loader.h"

#include "app/lab/worker_priority.h"
#include "datasets/load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace halfwave::lab {

struct DataLoader::Job {
  DatasetSpec spec;
  std::atomic<bool> cancel{false};
  std::mutex mutex;  // guards what the thread tells
  double fraction = 0.0;
  std::string what;
  std::chrono::steady_clock::time_point last_told{};
  // Written before the thread's last word, read after it.
  datasets::SampleSource source;
  std::string path;
  std::string problem;
  bool was_cancelled = false;
  std::thread thread;

  void work() {
    try {
      datasets::Progress hooks;
      hooks.cancel = &cancel;
      hooks.report = [this](double part, const std::string& doing) { report(part, doing); };
      source = datasets::SampleSource(std::make_shared<const DataBundle>(datasets::load(spec, hooks)));
      for (int set = 0; set < source.set_count(); ++set) source.summary(set);
    } catch (const datasets::Cancelled&) {
      was_cancelled = true;
    } catch (const FieldError& error) {
      path = error.path();
      problem = error.what();
    } catch (const std::exception& error) {
      problem = error.what();
    }
  }

  void report(double part, const std::string& doing) {
    constexpr std::chrono::milliseconds min_interval{66};
    {
      const std::lock_guard lock(mutex);
      const auto now = std::chrono::steady_clock::now();
      if (now - last_told < min_interval && part < 1.0) return;
      last_told = now;
      fraction = part;
      what = doing;
    }
    tell();
  }

  std::function<void()> tell;
};

DataLoader::DataLoader(QObject* parent) : QObject(parent) {}

DataLoader::~DataLoader() {
  for (const auto& job : jobs_) job->cancel = true;
  for (const auto& job : jobs_) job->thread.join();
}

void DataLoader::load(const DatasetSpec& spec) {
  if (current_) current_->cancel = true;
  spec_ = spec;
  auto job = std::make_unique<Job>();
  job->spec = spec;
  Job* const raw = job.get();
  raw->tell = [this, raw] {
    QMetaObject::invokeMethod(
        this, [this, raw] { told(raw); }, Qt::QueuedConnection);
  };
  current_ = raw;
  jobs_.push_back(std::move(job));
  raw->thread = std::thread([this, raw] {
    run_in_background_priority();
    raw->work();
    QMetaObject::invokeMethod(
        this, [this, raw] { finished(raw); }, Qt::QueuedConnection);
  });
  Q_EMIT started();
}

void DataLoader::cancel() {
  if (current_) current_->cancel = true;
}

void DataLoader::told(const Job* job) {
  if (job != current_) return;
  double fraction = 0.0;
  std::string what;
  {
    const std::lock_guard lock(current_->mutex);
    fraction = current_->fraction;
    what = current_->what;
  }
  Q_EMIT progress(fraction, QString::fromStdString(what));
}

void DataLoader::finished(const Job* job) {
  const auto found =
      std::find_if(jobs_.begin(), jobs_.end(), [job](const auto& j) { return j.get() == job; });
  if (found == jobs_.end()) return;
  const std::unique_ptr<Job> done = std::move(*found);
  jobs_.erase(found);
  done->thread.join();
  if (done.get() != current_) return;
  current_ = nullptr;
  if (done->was_cancelled) {
    Q_EMIT cancelled();
  } else if (!done->problem.empty()) {
    Q_EMIT failed(QString::fromStdString(done->path), QString::fromStdString(done->problem));
  } else {
    source_ = done->source;
    loaded_spec_ = done->spec;
    Q_EMIT loaded();
  }
}

}  // namespace halfwave::lab
