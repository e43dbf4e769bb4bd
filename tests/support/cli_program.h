#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

/// The program `halfwave` as a person runs it, in a folder and with a cache of its own.
class CliProgram {
 public:
  struct Outcome {
    int code = -1;
    QByteArray out;
    QByteArray err;
    /// Standard output as the one JSON object it should be; empty when it is anything else.
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
  };

  QString folder() const { return folder_.path(); }
  QString path(const QString& name) const { return folder_.filePath(name); }

  void prepare(QProcess& process) const {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", path("cache"));
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(folder());
    process.setProgram(HALFWAVE_BIN_DIR "/halfwave");
  }

  Outcome run(const QStringList& arguments) const {
    QProcess process;
    prepare(process);
    process.setArguments(arguments);
    process.start();
    if (!process.waitForFinished(300'000) || process.exitStatus() != QProcess::NormalExit) {
      process.kill();
      process.waitForFinished();
      return {-1, process.readAllStandardOutput(), process.readAllStandardError()};
    }
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
  }

  /// An experiment that trains in a moment.
  static QStringList small_experiment() {
    return {"darcy-quick",
            "--set",
            "name=small",
            "dataset.resolution=16",
            "dataset.samples=8",
            "dataset.test_samples=4",
            "dataset.test_resolutions=[16]",
            "operator.modes=[4,4]",
            "operator.width=4",
            "operator.layers=2",
            "training.epochs=2",
            "training.batch_size=4",
            "training.lr_schedule=constant"};
  }

 private:
  QTemporaryDir folder_;
};
