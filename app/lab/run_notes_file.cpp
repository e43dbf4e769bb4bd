#include "app/lab/run_notes_file.h"

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/json_text.h"

#include <QDir>
#include <QFileInfo>

namespace halfwave::lab {
namespace {

constexpr int current_version = 1;

nlohmann::json load(const QString& path) {
  if (!QFileInfo::exists(path)) return {{"version", current_version}, {"runs", nlohmann::json::object()}};
  const std::string file = path.toStdString();
  nlohmann::json json = parse_json(read_file(file), file);
  if (!json.is_object() || !json.contains("runs") || !json["runs"].is_object())
    throw RequestError(file + ": an object with an object \"runs\" would be right.");
  return json;
}

QString text_of(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? QString::fromStdString(found->get<std::string>())
                                                    : QString();
}

widgets::RunNote note_of(const nlohmann::json& entry) {
  widgets::RunNote note;
  note.name = text_of(entry, "name");
  note.group = text_of(entry, "group");
  const auto pinned = entry.find("pinned");
  note.pinned = pinned != entry.end() && pinned->is_boolean() && pinned->get<bool>();
  const auto colour = entry.find("colour");
  if (colour != entry.end() && colour->is_number_integer()) note.colour = colour->get<int>();
  return note;
}

void set_or_drop(nlohmann::json& entry, const char* key, const nlohmann::json& value, bool keep) {
  if (keep) {
    entry[key] = value;
  } else {
    entry.erase(key);
  }
}

}  // namespace

QString RunNotesFile::path() const {
  return QDir(root_).filePath(QStringLiteral("run-table.json"));
}

QHash<QString, widgets::RunNote> RunNotesFile::read() const {
  QHash<QString, widgets::RunNote> notes;
  const nlohmann::json json = load(path());
  for (const auto& [folder, entry] : json["runs"].items())
    if (entry.is_object()) notes.insert(QDir(root_).filePath(QString::fromStdString(folder)), note_of(entry));
  return notes;
}

void RunNotesFile::write(const QHash<QString, widgets::RunNote>& changed) const {
  nlohmann::json json = load(path());
  const QDir root(root_);
  for (auto note = changed.begin(); note != changed.end(); ++note) {
    nlohmann::json& entry = json["runs"][root.relativeFilePath(note.key()).toStdString()];
    if (!entry.is_object()) entry = nlohmann::json::object();
    set_or_drop(entry, "name", note->name.toStdString(), !note->name.isEmpty());
    set_or_drop(entry, "group", note->group.toStdString(), !note->group.isEmpty());
    set_or_drop(entry, "pinned", true, note->pinned);
    set_or_drop(entry, "colour", note->colour, note->colour >= 0);
  }
  replace_file(path().toStdString(), json.dump(2) + "\n", false);
}

}  // namespace halfwave::lab
