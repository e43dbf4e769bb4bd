#include "core/device/memory_meter.h"
#include "support/complaint.h"
#include "support/mutations.h"

#include <QtTest/QtTest>

#include <fstream>

using namespace halfwave;

/// Every file of the corpus, and mutants of it from a fixed seed, through its reader: numbers or one
/// sentence, never a crash, and memory that stays small.
class CorpusTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  static std::filesystem::path corpus() {
    return std::filesystem::path(HALFWAVE_SOURCE_DIR) / "tests" / "fuzz" / "corpus";
  }

  static std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  static bool is_sentence(const std::string& text, const std::filesystem::path& file) {
    return text.starts_with(file.string() + " ") && text.ends_with(".") &&
           text.find('\n') == std::string::npos && text.size() < 600 + file.string().size();
  }

  /// Most main memory that this process ever held, in KiB.
  static long most_resident() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmHWM:" && status >> word) return std::stol(word);
    return 0;
  }

  void each_file() {
    QTest::addColumn<QString>("name");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus())) {
      if (!entry.is_regular_file()) continue;
      const auto name = QString::fromStdString(std::filesystem::relative(entry.path(), corpus()).string());
      QTest::newRow(qPrintable(name)) << name;
    }
  }

 private Q_SLOTS:
  void initTestCase() {
    install_memory_meter();
    complaint(corpus() / "npy" / "float32.npy");  // what the libraries allocate once
    complaint(corpus() / "h5" / "float32.h5");
  }

  void it_is_small() {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      QVERIFY2(entry.file_size() < 2048, entry.path().c_str());
    }
    QVERIFY(files > 100);
  }

  void good_and_bad_data() { each_file(); }

  void good_and_bad() {
    QFETCH(QString, name);
    const auto file = corpus() / name.toStdString();
    const std::string text = complaint(file);
    if (!file.filename().string().starts_with("bad-"))
      QCOMPARE(text, std::string());
    else
      QVERIFY2(is_sentence(text, file), text.c_str());
  }

  void mutants_data() { each_file(); }

  void mutants() {
    QFETCH(QString, name);
    const std::filesystem::path original = corpus() / name.toStdString();
    const std::string good = bytes_of(original);
    const auto file =
        std::filesystem::path(folder_.path().toStdString()) / ("mutant" + original.extension().string());
    std::mt19937 random(7);
    const long before = most_resident();
    // HDF5's library works in a process forked for each file, which takes some milliseconds.
    const int count = original.extension() == ".h5" ? 40 : 250;
    for (int i = 0; i < count; ++i) {
      std::filesystem::remove(file);
      const std::string bytes = mutations::mutant(good, random);
      std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      reset_memory_peak();
      const std::string text = complaint(file);
      if (!text.empty()) QVERIFY2(is_sentence(text, file), text.c_str());
      // A tensor whose values repeat may have 4 Mi elements; no file here holds more than 2 KiB.
      QVERIFY2(memory_report().peak_total <= (std::int64_t{32} << 20), text.c_str());
    }
    QVERIFY(most_resident() - before < 96 * 1024);
  }
};

QTEST_GUILESS_MAIN(CorpusTest)
#include "corpus_test.moc"
