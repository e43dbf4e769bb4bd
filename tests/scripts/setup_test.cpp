// Runs scripts/setup in a copy of its folder, with stand-ins for dpkg-query, apt-get, sudo and pip.
#include "support/script_folder.h"

using Outcome = ScriptFolder::Outcome;

class SetupTest : public QObject {
  Q_OBJECT

 private:
  void pip_does(const QString& body);
  Outcome setup(const QStringList& arguments = {}) { return folder_->run("setup", arguments); }
  void stand_in(const QString& name, const QString& body) { folder_->stand_in(name, body); }
  QString path(const QString& name) const { return folder_->path(name); }
  QString calls() const { return folder_->calls(); }
  bool installed() const { return QFile::exists(path("deps/libtorch-2.11.0/.whole")); }
  void compare_failure(const Outcome& outcome, const QString& expected);

  std::unique_ptr<ScriptFolder> folder_;

 private Q_SLOTS:
  void init();

  void nothing_missing_does_nothing();
  void libtorch_is_installed_once();
  void an_unknown_option_is_refused();
  void a_whole_folder_without_stamp_is_taken();
  void a_cut_folder_without_stamp_is_replaced();
  void a_changed_pin_installs_anew();
  void a_cut_download_is_not_taken();
  void a_killed_setup_leaves_nothing_that_counts();
  void pip_failures_are_explained_data();
  void pip_failures_are_explained();
  void too_little_space_is_said_before_the_download();
  void missing_packages_are_installed();
  void packages_of_the_window_can_be_left_out();
  void sudo_is_used_when_not_root();
  void neither_root_nor_sudo();
  void apt_failures_are_explained_data();
  void apt_failures_are_explained();
};

// What pip unpacks: one small file for each that the set-up looks for, and the lists of the wheels.
static const char* const unpack = R"(
mkdir -p "$target/torch/lib" "$target/nvidia/cu13/lib"
printf 12345 > "$target/torch/lib/libtorch_cpu.so"
printf 123 > "$target/nvidia/cu13/lib/libcudart.so.13"
record() { mkdir -p "$target/$1.dist-info"; printf '%s\n' "$2" "$1.dist-info/RECORD,," > "$target/$1.dist-info/RECORD"; }
record torch-2.11.0 torch/lib/libtorch_cpu.so,sha256=x,5
record nvidia_cuda_runtime-13.0.96 nvidia/cu13/lib/libcudart.so.13,sha256=x,3
record nvidia_cuda_cupti-13.0.85 ../../bin/outside,sha256=x,7
)";

void SetupTest::pip_does(const QString& body) {
  stand_in("python3", R"(
case " $* " in *" -m pip "*) ;; *) exec /usr/bin/python3 "$@" ;; esac
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
)" + body);
}

void SetupTest::init() {
  folder_ = std::make_unique<ScriptFolder>(
      QStringList{"setup", "common.sh", "packages.txt", "libtorch.txt", "libtorch-cuda.txt"});
  stand_in("dpkg-query", R"(for name; do case $name in -*) ;; *) echo "installed $name" ;; esac; done)");
  stand_in("apt-get", "");
  stand_in("id", "echo 0");
  stand_in("sudo", "exit 1");
  pip_does(unpack);
}

// One sentence, beginning with the program's name, is the last line; nothing half-done counts as installed.
void SetupTest::compare_failure(const Outcome& outcome, const QString& expected) {
  QCOMPARE(outcome.code, 1);
  const QString last = outcome.messages.trimmed().section('\n', -1);
  QVERIFY2(last.startsWith("setup: " + expected), qPrintable(outcome.messages));
}

void SetupTest::nothing_missing_does_nothing() {
  QCOMPARE(setup().code, 0);
  folder_->forget_calls();
  const Outcome again = setup();
  QCOMPARE(again.code, 0);
  QCOMPARE(again.messages, QString());
  QVERIFY2(!calls().contains("-m pip") && !calls().contains("apt-get"), qPrintable(calls()));
}

void SetupTest::libtorch_is_installed_once() {
  const Outcome outcome = setup();
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  QVERIFY(installed());
  QVERIFY(calls().contains("--require-hashes"));
  QVERIFY(calls().contains("--no-deps"));
  QVERIFY(QFile::exists(path("deps/libtorch-2.11.0/torch/lib/libtorch_cpu.so")));
  QCOMPARE(QDir(path("deps")).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
           QStringList{"libtorch-2.11.0"});
}

void SetupTest::an_unknown_option_is_refused() {
  const Outcome outcome = setup({"--nogui"});
  QCOMPARE(outcome.code, 2);
  QCOMPARE(outcome.messages, QString("setup: unknown option --nogui; the only one is --no-gui\n"));
}

void SetupTest::a_whole_folder_without_stamp_is_taken() {
  QCOMPARE(setup().code, 0);
  QVERIFY(QFile::remove(path("deps/libtorch-2.11.0/.whole")));
  folder_->forget_calls();
  QCOMPARE(setup().code, 0);
  QVERIFY(installed());
  QVERIFY2(!calls().contains("-m pip"), qPrintable(calls()));
}

void SetupTest::a_cut_folder_without_stamp_is_replaced() {
  QCOMPARE(setup().code, 0);
  const QString library = path("deps/libtorch-2.11.0/torch/lib/libtorch_cpu.so");
  QVERIFY(QFile::remove(path("deps/libtorch-2.11.0/.whole")));
  QVERIFY(QFile::resize(library, 2));
  QCOMPARE(setup().code, 0);
  QVERIFY(installed());
  QCOMPARE(QFileInfo(library).size(), 5);
}

void SetupTest::a_changed_pin_installs_anew() {
  QCOMPARE(setup().code, 0);
  folder_->forget_calls();
  QFile pins(path("root/scripts/libtorch.txt"));
  QVERIFY(pins.open(QIODevice::Append));
  pins.write("# changed\nnvidia-other==1.0 --hash=sha256:00\n");
  pins.close();
  pip_does(QString(unpack) + "record nvidia_other-1.0 torch/lib/libtorch_cpu.so,sha256=x,5");
  QCOMPARE(setup().code, 0);
  QVERIFY(calls().contains("-m pip"));
}

void SetupTest::a_cut_download_is_not_taken() {
  pip_does(QString(unpack) + R"(printf 1 > "$target/torch/lib/libtorch_cpu.so")");
  compare_failure(setup(), "the unpacked LibTorch has missing or cut files");
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0")));
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0.part")));
}

void SetupTest::a_killed_setup_leaves_nothing_that_counts() {
  pip_does(QString(unpack) + "kill -9 $PPID");
  QVERIFY(setup().code != 0);
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0")));
  QVERIFY(QFile::exists(path("deps/libtorch-2.11.0.part")));
  QFile stale(path("deps/libtorch-2.11.0.part/stale"));
  QVERIFY(stale.open(QIODevice::WriteOnly));
  pip_does(unpack);
  const Outcome outcome = setup();
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  QVERIFY(installed());
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0/stale")));
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0.part")));
}

void SetupTest::pip_failures_are_explained_data() {
  QTest::addColumn<QString>("message");
  QTest::addColumn<QString>("expected");
  QTest::newRow("disk")
      << "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
      << "the disk is full: LibTorch needs ";
  QTest::newRow("network") << "WARNING: Retrying after connection broken by NewConnectionError\n"
                              "ERROR: No matching distribution found for torch==2.11.0"
                           << "the download of LibTorch failed: check the network";
  QTest::newRow("cut") << "urllib3.exceptions.IncompleteRead: IncompleteRead(1000 bytes read)"
                       << "the download of LibTorch failed: check the network";
  QTest::newRow("hash") << "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
                        << "the download of LibTorch is not the file it should be";
  QTest::newRow("no pip") << "/usr/bin/python3: No module named pip"
                          << "python3 has no pip";
  QTest::newRow("else") << "something new"
                        << "pip could not install LibTorch; its last lines are above";
}

void SetupTest::pip_failures_are_explained() {
  QFETCH(QString, message);
  QFETCH(QString, expected);
  pip_does(QString(unpack) + "printf '%s\\n' '" + message + "'; exit 1");
  compare_failure(setup(), expected);
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0")));
  QVERIFY(!QFile::exists(path("deps/libtorch-2.11.0.part")));
}

void SetupTest::too_little_space_is_said_before_the_download() {
  stand_in("df", "echo Avail; echo 500000");
  const Outcome outcome = setup();
  compare_failure(outcome, "the disk is too full: LibTorch needs 3 GB in ");
  QVERIFY2(outcome.messages.contains("and 488 MB are free"), qPrintable(outcome.messages));
  QVERIFY(!calls().contains("-m pip"));
}

void SetupTest::missing_packages_are_installed() {
  stand_in("dpkg-query", R"(
for name; do case $name in -*) ;; g++ | xvfb) [ -f ')" +
                             path("got") +
                             R"(' ] && echo "installed $name" ;; *) echo "installed $name" ;; esac; done)");
  stand_in("apt-get", "case \"$*\" in *install*) touch '" + path("got") + "' ;; esac");
  const Outcome outcome = setup();
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  QVERIFY2(outcome.messages.contains("Installing Debian packages: g++ xvfb"), qPrintable(outcome.messages));
  QVERIFY2(calls().contains("install -y --no-install-recommends g++ xvfb\n"), qPrintable(calls()));
}

void SetupTest::packages_of_the_window_can_be_left_out() {
  stand_in("dpkg-query",
           R"(for name; do case $name in -*|*qt6*|*vtk*) ;; *) echo "installed $name" ;; esac; done)");
  const Outcome outcome = setup({"--no-gui"});
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  QVERIFY(!calls().contains("apt-get"));
  QVERIFY(!calls().contains("qt6"));
}

void SetupTest::sudo_is_used_when_not_root() {
  stand_in("id", "echo 1000");
  stand_in("sudo", "[ \"$1\" = -n ] && shift; exec \"$@\"");
  missing_packages_are_installed();
  QVERIFY(calls().contains("sudo env DEBIAN_FRONTEND=noninteractive apt-get"));
}

void SetupTest::neither_root_nor_sudo() {
  stand_in("id", "echo 1000");
  stand_in("dpkg-query", "for name; do case $name in -*|cmake) ;; *) echo \"installed $name\" ;; esac; done");
  const Outcome outcome = setup();
  compare_failure(
      outcome,
      "neither root nor sudo can be used to install missing packages; ask an administrator to run: "
      "apt-get install --no-install-recommends cmake");
  QVERIFY(!calls().contains("apt-get"));
}

void SetupTest::apt_failures_are_explained_data() {
  QTest::addColumn<QString>("message");
  QTest::addColumn<QString>("expected");
  QTest::newRow("disk") << "E: You don't have enough free space in /var/cache/apt/archives/."
                        << "the disk is full: ";
  QTest::newRow("network") << "E: Failed to fetch pool/cmake.deb  Could not resolve host"
                           << "a download failed: ";
  QTest::newRow("else") << "E: Unable to locate package cmake"
                        << "apt-get install failed; its last lines are above";
}

void SetupTest::apt_failures_are_explained() {
  QFETCH(QString, message);
  QFETCH(QString, expected);
  stand_in("dpkg-query", "for name; do case $name in -*|cmake) ;; *) echo \"installed $name\" ;; esac; done");
  stand_in("apt-get", "case \"$*\" in *install*) echo \"" + message + "\"; exit 100 ;; esac");
  compare_failure(setup(), expected);
  QVERIFY(!installed());
}

QTEST_GUILESS_MAIN(SetupTest)
#include "setup_test.moc"
