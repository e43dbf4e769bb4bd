#pragma once

#include <QString>
#include <QStringList>

class QMimeData;

namespace halfwave::widgets {

/// Endings of files that samples are read from, without the dot.
const QStringList& sample_file_endings();
/// By its ending, in capitals or not.
bool is_sample_file(const QString& file);
/// For file dialogs.
QString sample_file_filter();
/// The files among what is dragged that samples are read from, as paths; empty when there are none.
QStringList dragged_sample_files(const QMimeData& dragged);

}  // namespace halfwave::widgets
