#pragma once

#include <QtTest/QtTest>

/// A temporary copy of some scripts, with stand-ins for the programs that they call put first in PATH. Every
/// stand-in writes its name and arguments as one line of `calls()`.
class ScriptFolder {
 public:
  struct Outcome {
    int code;
    QString messages;
  };

  explicit ScriptFolder(const QStringList& scripts) {
    QDir(folder_.path()).mkpath("bin");
    QDir(folder_.path()).mkpath("root/scripts");
    for (const QString& name : scripts)
      QFile::copy(QString(HALFWAVE_SOURCE_DIR "/scripts/") + name, path("root/scripts/" + name));
  }

  QString path(const QString& name) const { return QDir(folder_.path()).filePath(name); }

  void stand_in(const QString& name, const QString& body = {}) { write("bin/" + name, name, body); }
  /// A stand-in at a place of its own, such as `root/scripts/setup`.
  void write(const QString& file_name, const QString& name, const QString& body) {
    QDir(folder_.path()).mkpath(QFileInfo(file_name).path());
    QFile file(path(file_name));
    if (!file.open(QIODevice::WriteOnly)) return;
    file.write(("#!/bin/bash\necho \"" + name + " $*\" >> '" + path("calls") + "'\n" + body + "\n").toUtf8());
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  }

  /// Runs a script of the copy; `variables` are NAME=VALUE. Code -1: it crashed or did not end in a minute.
  Outcome run(const QString& script, const QStringList& arguments = {},
              const QStringList& variables = {}) const {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.remove("CI");
    environment.insert("PATH", path("bin") + ":/usr/bin:/bin");
    environment.insert("HALFWAVE_DEPS", path("deps"));
    for (const QString& variable : variables)
      environment.insert(variable.section('=', 0, 0), variable.section('=', 1));
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(path("root/scripts/" + script), arguments);
    if (!process.waitForFinished(60'000)) return {-1, "it did not end"};
    const int code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return {code, QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError())};
  }

  QString calls() const {
    QFile file(path("calls"));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
  }
  void forget_calls() { QFile::remove(path("calls")); }

 private:
  QTemporaryDir folder_;
};
