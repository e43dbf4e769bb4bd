#include "widgets/sample_files.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>

namespace halfwave::widgets {

const QStringList& sample_file_endings() {
  static const QStringList endings = {QStringLiteral("pt"),   QStringLiteral("pth"), QStringLiteral("npy"),
                                      QStringLiteral("npz"),  QStringLiteral("mat"), QStringLiteral("h5"),
                                      QStringLiteral("hdf5"), QStringLiteral("nc")};
  return endings;
}

bool is_sample_file(const QString& file) {
  return sample_file_endings().contains(QFileInfo(file).suffix().toLower());
}

QString sample_file_filter() {
  QStringList patterns;
  for (const QString& ending : sample_file_endings()) patterns << QStringLiteral("*.") + ending;
  return QCoreApplication::translate("SampleFiles", "Samples (%1);;All files (*)")
      .arg(patterns.join(QLatin1Char(' ')));
}

QStringList dragged_sample_files(const QMimeData& dragged) {
  QStringList files;
  for (const QUrl& url : dragged.urls())
    if (url.isLocalFile() && is_sample_file(url.toLocalFile())) files << url.toLocalFile();
  return files;
}

}  // namespace halfwave::widgets
