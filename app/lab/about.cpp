#include "app/lab/about.h"

#include "app/lab/icons.h"
#include "app/lab/versions.h"

#include <QCoreApplication>
#include <QMessageBox>
#include <QtGlobal>

namespace halfwave::lab {

QString about_text() {
  const auto translated = [](const char* text) { return QCoreApplication::translate("About", text); };
  QString rows;
  const auto row = [&rows](const QString& name, const QString& version, const char* licence) {
    rows += QStringLiteral("<tr><td>%1</td><td>&nbsp;&nbsp;%2&nbsp;&nbsp;</td><td>%3</td></tr>")
                .arg(name, version, QLatin1String(licence));
  };
  const PartVersions versions = part_versions();
  row("LibTorch", versions.libtorch, "BSD 3-Clause");
  row("Qt", QLatin1String(qVersion()), "LGPL 3");
  row("VTK", versions.vtk, "BSD 3-Clause");
  row("QCustomPlot", versions.qcustomplot, "GPL 3");
  row("Eigen", versions.eigen, "MPL 2");
  row("nlohmann-json", versions.json, "MIT");
  return QStringLiteral("<h2>Halfwave %1</h2><p>%2</p><p>%3</p><table>%4</table><p>%5</p>")
      .arg(QCoreApplication::applicationVersion(),
           translated("A laboratory for mixed-precision Fourier neural operators."),
           translated("The method is that of “Guaranteed Approximation Bounds for Mixed-Precision Neural "
                      "Operators” (arXiv 2307.15034, ICLR 2024)."),
           rows,
           translated("Halfwave itself is under the MIT licence; a window that links QCustomPlot is, as a "
                      "whole, under the GPL 3."));
}

void show_about(QWidget* parent) {
  auto* box = new QMessageBox(parent);
  box->setObjectName("about_box");
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(QCoreApplication::translate("About", "About Halfwave"));
  box->setIconPixmap(themed_icon("halfwave").pixmap(72, 72));
  box->setTextFormat(Qt::RichText);
  box->setText(about_text());
  box->setStandardButtons(QMessageBox::Close);
  box->open();
}

}  // namespace halfwave::lab
