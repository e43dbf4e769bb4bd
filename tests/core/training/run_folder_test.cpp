#include "core/training/run_folder.h"

#include "core/error.h"
#include "core/training/evaluate.h"
#include "core/training/npy.h"
#include "core/training/run_metrics.h"
#include "core/training/run_summary.h"
#include "training_support.h"

#include <QtTest/QtTest>
#include <nlohmann/json.hpp>

#include <csignal>
#include <sys/resource.h>

using namespace halfwave;
using namespace halfwave::testing;
namespace fs = std::filesystem;

namespace {

/// While it lives, no file of this process may grow beyond so many bytes: a disk that is full.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

RunResult train(const Experiment& experiment, const DataBundle& data, const fs::path& folder,
                bool resume = false) {
  Recording observer;
  TrainerOptions options;
  options.run_folder = folder;
  options.resume = resume;
  Trainer trainer(experiment, data, observer, options);
  return trainer.run();
}

std::string refusal(const std::function<void()>& request) {
  try {
    request();
    return "taken";
  } catch (const RequestError& error) {
    return error.what();
  }
}

}  // namespace

class RunFolderTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The operators here are so small that a second thread would only be waited for.
  void initTestCase() { at::set_num_threads(1); }

  void a_run_leaves_plain_files_that_read_back() {
    QTemporaryDir temporary;
    const fs::path folder = path_of(temporary, "deep/er/run");
    const DataBundle data = small_bundle();
    const Experiment experiment = small_experiment();
    const RunResult result = train(experiment, data, folder);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());

    const RunRecord record = read_run(folder);
    QVERIFY(record.experiment == experiment);
    QCOMPARE(record.state, RunState::finished);
    QVERIFY(record.message.empty() && !record.non_finite && record.has_checkpoint);
    QCOMPARE(record.epochs.size(), std::size_t{3});
    QCOMPARE(record.epochs[2].epoch, 2);
    QCOMPARE(record.epochs[2].epochs, 3);
    QCOMPARE(record.epochs[2].policy, std::string("full"));
    QCOMPARE(record.metrics.at("12").l2, result.metrics.at("12").l2);
    QCOMPARE(record.metrics.at("8").h1, result.metrics.at("8").h1);
    QVERIFY(record.memory.peak_total > 0);
    QCOMPARE(record.memory.peak_of(MemoryCategory::weights), result.memory.peak_of(MemoryCategory::weights));
    QVERIFY(!record.memory_curve.empty());
    const MemoryEvent& step = record.memory_curve.front();
    QVERIFY(step.step == 0 && step.report.live_of(MemoryCategory::weights) > 0);
    QVERIFY(step.report.peak_total <= record.memory.peak_total);

    const RunSummary summary = summarize_run(folder);
    QVERIFY2(summary.standing == RunStanding::finished, summary.message.c_str());
    QVERIFY(summary.experiment == experiment);
    QCOMPARE(summary.test_set, std::string("8"));  // the grid of the training data
    QCOMPARE(summary.last->l2, result.metrics.at("8").l2);
    QVERIFY(summary.best->l2 <= summary.last->l2 && summary.best->h1 <= summary.last->h1);
    QCOMPARE(summary.peak_bytes, result.memory.peak_total);
    QVERIFY(summary.step_seconds > 0.0 && summary.started > 1.7e9);
    QVERIFY(find_run_folders(path_of(temporary, "deep")) == std::vector<fs::path>{folder});

    QVERIFY(text_of(folder / "metrics.csv")
                .starts_with("epoch,train_loss,l2_8,h1_8,l2_12,h1_12,policy,seconds,total_seconds\n0,"));
    const auto environment = nlohmann::json::parse(text_of(folder / "environment.json"));
    QCOMPARE(environment["seed"].get<int>(), 5);
    QCOMPARE(environment["policies"]["0 full"]["block.0"]["contraction"]["support"].get<std::string>(),
             std::string("native"));
    QVERIFY(environment["threads"].get<int>() >= 1);
    for (const char* name : {"input.npy", "truth.npy", "prediction.npy"}) {
      const std::string npy = text_of(folder / "fields" / name);
      QVERIFY(npy.starts_with(std::string("\x93NUMPY\x01\x00", 8)));
      const std::size_t header =
          10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
      QCOMPARE(header % 64, std::size_t{0});
      QCOMPARE(npy.size() - header, std::size_t{8 * 8 * 4});
      QVERIFY(npy.find("'shape': (8,8,)") != std::string::npos);
    }
    float first = 0.0f;
    const std::string truth = text_of(folder / "fields" / "truth.npy");
    std::memcpy(&first, truth.data() + truth.size() - 64 * 4, 4);
    QCOMPARE(first, data.tests[0].data.y.view(-1)[0].item<float>());

    int steps = 0;
    std::istringstream events(text_of(folder / "events.jsonl"));
    for (std::string line; std::getline(events, line);)
      steps += nlohmann::json::parse(line)["event"] == "step" ? 1 : 0;
    QVERIFY(steps >= 1 && steps <= 18);
  }

  void folders_that_are_something_else_are_refused() {
    QTemporaryDir temporary;
    const DataBundle data = small_bundle();
    const Experiment experiment = small_experiment();
    const fs::path full = path_of(temporary, "full"), run = path_of(temporary, "run"),
                   file = path_of(temporary, "f");
    fs::create_directory(full);
    std::ofstream(full / "letter.txt") << "dear";
    std::ofstream(file) << "x";
    fs::create_directory(path_of(temporary, "empty"));
    QCOMPARE(train(experiment, data, path_of(temporary, "empty")).state, RunState::finished);
    train(experiment, data, run);
    QVERIFY(refusal([&] { train(experiment, data, full); }).find("is not empty and holds no run") !=
            std::string::npos);
    QVERIFY(refusal([&] { train(experiment, data, full, true); }).find("holds no run") != std::string::npos);
    QVERIFY(refusal([&] { train(experiment, data, run); }).find("already holds a run") != std::string::npos);
    QVERIFY(refusal([&] { train(experiment, data, file); }).find("is a file") != std::string::npos);
    QVERIFY(refusal([&] { train(experiment, data, file / "run"); }).find("cannot be made") !=
            std::string::npos);
    QVERIFY(refusal([&] { train(experiment, data, "/proc/halfwave/run"); }).find("cannot be made") !=
            std::string::npos);
    QVERIFY(refusal([&] {
              train(experiment, data, path_of(temporary, "none"), true);
            }).find("holds no run") != std::string::npos);
    QVERIFY(refusal([&] { read_run(full); }).find("no run folder") != std::string::npos);
    QVERIFY(refusal([&] { read_run(path_of(temporary, "none")); }).find("There is no folder") !=
            std::string::npos);
    QCOMPARE(text_of(full / "letter.txt"), std::string("dear"));
  }

  void a_disk_full_from_the_start_is_refused() {
    QTemporaryDir temporary;
    const DataBundle data = small_bundle();
    const SmallDisk disk(100);
    const std::string sentence = refusal([&] { train(small_experiment(), data, path_of(temporary, "run")); });
    QVERIFY2(sentence.find("could not be written") != std::string::npos, sentence.c_str());
  }

  void a_disk_that_fills_ends_the_run_and_loses_nothing() {
    QTemporaryDir temporary;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 40;
    const fs::path folder = path_of(temporary, "run");
    Recording observer;
    TrainerOptions options;
    options.run_folder = folder;
    std::optional<SmallDisk> disk;
    std::string before;
    std::uintmax_t limit = 0;
    {
      Trainer trainer(experiment, data, observer, options);
      observer.on_step_done = [&](const StepEvent& event) {
        if (event.step != 20) return;
        // From here on metrics.csv may grow by less than two lines; the checkpoint may not be written at all.
        before = text_of(folder / "checkpoint.pt");
        limit = fs::file_size(folder / "metrics.csv") + 200;
        disk.emplace(limit);
      };
      const RunResult result = trainer.run();
      disk.reset();
      QCOMPARE(result.state, RunState::failed);
      QVERIFY2(result.message.find("could not be written: ") != std::string::npos, result.message.c_str());
      QCOMPARE(observer.states.back().state, RunState::failed);
    }
    QVERIFY(!before.empty());
    QCOMPARE(text_of(folder / "checkpoint.pt"), before);
    QVERIFY(!fs::exists(folder / "checkpoint.pt.tmp"));
    const std::string metrics = text_of(folder / "metrics.csv");
    QVERIFY(metrics.size() <= limit && metrics.back() == '\n');
    QVERIFY(read_run(folder).epochs.size() >= 3);
    // With room again, it goes on.
    experiment.training.epochs = 5;
    QCOMPARE(train(experiment, data, folder, true).state, RunState::finished);
    QCOMPARE(read_run(folder).epochs.size(), std::size_t{5});
  }

  void a_failing_write_leaves_the_old_file() {
    QTemporaryDir temporary;
    const fs::path file = path_of(temporary, "file");
    replace_file(file, "old", true);
    {
      const SmallDisk disk(1000);
      QVERIFY_THROWS_EXCEPTION(RunError, replace_file(file, std::string(5000, 'x'), true));
    }
    QCOMPARE(text_of(file), std::string("old"));
    QVERIFY(!fs::exists(path_of(temporary, "file.tmp")));
    replace_file(file, "new", false);
    QCOMPARE(text_of(file), std::string("new"));

    AppendFile log(path_of(temporary, "log"));
    log.append("whole line\n");
    {
      const SmallDisk disk(20);
      QVERIFY_THROWS_EXCEPTION(RunError, log.append("a line that does not fit\n"));
    }
    QCOMPARE(text_of(path_of(temporary, "log")), std::string("whole line\n"));
  }

  void damaged_checkpoints_are_refused_in_a_sentence() {
    QTemporaryDir temporary;
    const DataBundle data = small_bundle();
    const fs::path folder = path_of(temporary, "run");
    train(small_experiment(), data, folder);
    const std::string whole = text_of(folder / "checkpoint.pt");
    const auto sentence_for = [&](std::string_view bytes) {
      std::ofstream(folder / "checkpoint.pt", std::ios::binary) << bytes;
      return refusal([&] { load_checkpoint(folder / "checkpoint.pt"); });
    };
    const std::string_view all(whole);
    for (const std::string_view bytes :
         {all.substr(0, 0), std::string_view("not a checkpoint"), all.substr(0, 100),
          all.substr(0, all.size() / 2), all.substr(0, all.size() - 10)}) {
      const std::string sentence = sentence_for(bytes);
      QVERIFY2(sentence.find("checkpoint.pt is cut or is no checkpoint") != std::string::npos,
               sentence.c_str());
    }
    for (std::size_t at = 0; at < whole.size(); at += whole.size() / 50) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      const std::string sentence = sentence_for(flipped);
      QVERIFY2(sentence.find("checkpoint.pt is cut or is no checkpoint") != std::string::npos,
               sentence.c_str());
    }
    QVERIFY(refusal([&] { train(small_experiment(), data, folder, true); }).find("checkpoint.pt") !=
            std::string::npos);
    std::ofstream(folder / "checkpoint.pt", std::ios::binary) << whole;
    QCOMPARE(train(small_experiment(), data, folder, true).state, RunState::finished);
    fs::remove(folder / "checkpoint.pt");
    QVERIFY(refusal([&] { load_checkpoint(folder / "checkpoint.pt"); }).find("checkpoint.pt") !=
            std::string::npos);
  }

  void half_written_records_are_read_as_far_as_they_go() {
    QTemporaryDir temporary;
    const fs::path folder = path_of(temporary, "run");
    train(small_experiment(), small_bundle(), folder);
    std::ofstream(folder / "metrics.csv", std::ios::app) << "3,0.25,0.1";
    std::ofstream(folder / "events.jsonl", std::ios::app) << "{\"event\":\"state\",\"state\":\"fai";
    const RunRecord record = read_run(folder);
    QCOMPARE(record.epochs.size(), std::size_t{3});
    QCOMPARE(record.state, RunState::finished);
    fs::remove(folder / "metrics.csv");
    fs::remove(folder / "events.jsonl");
    QCOMPARE(read_run(folder).epochs.size(), std::size_t{0});
  }

  void metrics_survive_as_text_exactly() {
    EpochEvent event;
    event.epoch = 4;
    event.train_loss = 1.0 / 3.0;
    event.policy = "a,b";
    event.seconds = 1e-300;
    event.total_seconds = 12345.678901234567;
    event.metrics = {{"16x32", {std::numeric_limits<double>::infinity(), std::nan("")}}};
    const std::vector<std::string> labels{"8", "16x32"};
    const auto back = parse_metrics(metrics_header(labels) + metrics_line(event, labels));
    QCOMPARE(back.size(), std::size_t{1});
    QCOMPARE(back[0].train_loss, event.train_loss);
    QCOMPARE(back[0].total_seconds, event.total_seconds);
    QCOMPARE(back[0].policy, std::string("a b"));
    QCOMPARE(back[0].metrics.size(), std::size_t{1});
    QVERIFY(std::isinf(back[0].metrics.at("16x32").l2) && std::isnan(back[0].metrics.at("16x32").h1));
  }

  void a_run_is_evaluated_again_to_the_same_numbers() {
    QTemporaryDir temporary;
    const fs::path folder = path_of(temporary, "run");
    const DataBundle data = small_bundle();
    for (const char* policy : {"full", "mixed"}) {
      Experiment experiment = small_experiment();
      experiment.precision.policy = policy;
      fs::remove_all(folder);
      const RunResult trained = train(experiment, data, folder);
      const RunResult again = evaluate_run(folder, data.tests);
      QCOMPARE(again.state, RunState::finished);
      QCOMPARE(again.epochs, 3);
      QCOMPARE(again.seconds, load_checkpoint(folder / "checkpoint.pt").total_seconds);
      for (const char* label : {"8", "12"}) {
        QCOMPARE(again.metrics.at(label).l2, trained.metrics.at(label).l2);
        QCOMPARE(again.metrics.at(label).h1, trained.metrics.at(label).h1);
      }
      const RunResult other = evaluate_run(folder, data.tests, "bf16");
      QVERIFY(other.metrics.at("8").l2 != trained.metrics.at("8").l2);
      // bf16 rounds to 8 bits: some percent of the answer's norm, not more.
      QVERIFY(std::abs(other.metrics.at("8").l2 - trained.metrics.at("8").l2) < 0.1);
      QVERIFY_THROWS_EXCEPTION(RequestError, evaluate_run(folder, data.tests, "fp4"));
      QVERIFY_THROWS_EXCEPTION(RequestError, evaluate_run(folder, {{"3", small_data(2, 3, 1)}}));
    }
  }
};

QTEST_GUILESS_MAIN(RunFolderTest)
#include "run_folder_test.moc"
