#include "app/lab/run_scanner.h"

#include "app/lab/worker_priority.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace halfwave::lab {
namespace {

// Rows come soon, but few at a time: the window goes on in between.
constexpr std::size_t rows_at_once = 16;

}  // namespace

RunScanner::RunScanner(QObject* parent) : QObject(parent) {}

RunScanner::~RunScanner() {
  leave_ = true;
  if (thread_.joinable()) thread_.join();
}

void RunScanner::scan(const QString& root) {
  root_ = root;
  if (thread_.joinable()) {
    again_ = true;
  } else {
    start();
  }
}

void RunScanner::start() {
  again_ = false;
  thread_ = std::thread([this, root = std::filesystem::path(root_.toStdString())] { work(root); });
}

void RunScanner::work(const std::filesystem::path& root) {
  run_in_background_priority();
  std::vector<std::shared_ptr<const RunSummary>> changed;
  const auto tell = [this, &changed] {
    if (changed.empty()) return;
    QMetaObject::invokeMethod(
        this, [this, runs = std::exchange(changed, {})] { Q_EMIT read(runs); }, Qt::QueuedConnection);
  };
  const std::vector<std::filesystem::path> found = find_run_folders(root);
  for (const std::filesystem::path& folder : found) {
    if (leave_) return;
    const RunStamp stamp = run_stamp(folder);
    Known& known = known_[folder];
    if (known.run && known.stamp == stamp) continue;
    known = {stamp, std::make_shared<const RunSummary>(summarize_run(folder))};
    changed.push_back(known.run);
    if (changed.size() >= rows_at_once) tell();
  }
  tell();
  std::erase_if(known_, [&found](const auto& entry) {
    return !std::binary_search(found.begin(), found.end(), entry.first);
  });
  QStringList folders;
  for (const std::filesystem::path& folder : found) folders << QString::fromStdString(folder.string());
  QMetaObject::invokeMethod(
      this,
      [this, folders] {
        thread_.join();
        Q_EMIT scanned(folders);
        if (again_ && !thread_.joinable()) start();
      },
      Qt::QueuedConnection);
}

}  // namespace halfwave::lab
