#pragma once

#include "widgets/run_table_text.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QStringList>

#include <memory>
#include <vector>

namespace halfwave::widgets {

/// The runs of a folder with what a person says of them, in the order in which they were found.
class RunTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  static constexpr int sort_role = Qt::UserRole + 1;
  static constexpr int search_role = Qt::UserRole + 2;

  explicit RunTableModel(QObject* parent = nullptr);

  /// Adds runs, or replaces what is known of them.
  void update(const std::vector<std::shared_ptr<const RunSummary>>& runs);
  /// Takes out every run whose folder is not among these.
  void keep(const QStringList& folders);
  void clear() { keep({}); }

  const std::vector<RunRow>& rows() const { return rows_; }
  /// -1 for a folder that is not there.
  int row_of(const QString& folder) const { return index_.value(folder, -1); }
  /// Without `note_changed`; also for a folder that comes later.
  void set_note(const QString& folder, const RunNote& note);
  /// As a person does it: followed by `note_changed`.
  void edit_note(int row, const RunNote& note);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 Q_SIGNALS:
  void note_changed(const QString& folder, const halfwave::widgets::RunNote& note);

 private:
  void number_rows();
  void row_changed(int row);

  std::vector<RunRow> rows_;
  QHash<QString, int> index_;
  QHash<QString, RunNote> notes_;
};

}  // namespace halfwave::widgets
