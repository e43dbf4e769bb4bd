#pragma once

#include <QList>
#include <QMimeData>
#include <QString>
#include <QUrl>

namespace halfwave::lab {

/// The file or folder that is dragged from this machine; empty for anything else, and for several.
inline QString dropped_file(const QMimeData& data) {
  const QList<QUrl> urls = data.urls();
  return urls.size() == 1 && urls.front().isLocalFile() ? urls.front().toLocalFile() : QString();
}

}  // namespace halfwave::lab
