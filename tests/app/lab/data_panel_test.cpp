#include "lab_fixture.h"
#include "widgets/dataset_browser.h"
#include "widgets/field_panel.h"
#include "widgets/field_view.h"
#include "widgets/sample_channel.h"
#include "widgets/sample_statistics.h"

#include <QDockWidget>
#include <QScrollArea>
#include <QSlider>
#include <QTableWidget>

using namespace halfwave;
using namespace halfwave::test;

/// Samples of sources with several channels, generated and looked at in the window.
class DataPanelTest : public QObject {
  Q_OBJECT

  static Experiment experiment_of(const char* source, int resolution) {
    Experiment e = Lab::small_experiment(1);
    e.name = source;
    e.dataset.source = source;
    e.dataset.resolution = resolution;
    e.dataset.test_resolutions = {resolution};
    e.dataset.samples = 6;
    e.dataset.test_samples = 3;
    return e;
  }

  static QSlider* slider_of(const Lab& lab, const QString& name) {
    for (QSlider* slider : lab.window->findChild<widgets::DatasetBrowser*>()->findChildren<QSlider*>())
      if (slider->accessibleName() == name && slider->isVisible()) return slider;
    return nullptr;
  }

  static QStringList rows_of(const Lab& lab) {
    const QTableWidget* table = lab.window->findChild<widgets::SampleStatistics*>()->table();
    QStringList rows;
    for (int row = 0; row < table->rowCount(); ++row) rows << table->item(row, 0)->text();
    return rows;
  }

  static void take_pictures(const Lab& lab, const QString& name) {
    for (const widgets::Theme theme : {widgets::Theme::light, widgets::Theme::dark}) {
      widgets::apply_theme(*qApp, theme);
      QTest::qWait(400);
      const QString file = QStringLiteral("data-panel-%1-%2").arg(name, widgets::theme_name(theme));
      screenshot(*lab.window, file);
      auto* scrolled = lab.find<QDockWidget>("dataset")->findChild<QScrollArea*>();
      scrolled->ensureVisible(0, scrolled->widget()->height());
      QTest::qWait(50);
      screenshot(*lab.window, file + QStringLiteral("-below"));
      scrolled->ensureVisible(0, 0);
    }
    widgets::apply_theme(*qApp, widgets::Theme::light);
  }

 private Q_SLOTS:
  void times_of_frames() {
    Lab lab;
    Experiment e = experiment_of("heat", 16);
    e.dataset.time = 0.02;
    e.dataset.frames = 4;
    lab.open(e);
    lab.find<QDockWidget>("dataset")->raise();
    QTRY_VERIFY(slider_of(lab, QStringLiteral("Output channel")));
    QVERIFY(!slider_of(lab, QStringLiteral("Input channel")));
    QSlider* slider = slider_of(lab, QStringLiteral("Output channel"));
    const auto* chooser = qobject_cast<widgets::SampleChannel*>(slider->parentWidget());
    QCOMPARE(chooser->text(), QStringLiteral("t = 0.005 (1 of 4)"));
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_End);
    QCOMPARE(chooser->text(), QStringLiteral("t = 0.02 (4 of 4)"));
    QCOMPARE(rows_of(lab),
             QStringList({"initial u", "u, t = 0.005", "u, t = 0.01", "u, t = 0.015", "u, t = 0.02"}));
    // Heat spreads: the later, the smaller the deviation from the mean.
    const QStringList lines =
        lab.window->findChild<widgets::SampleStatistics*>()->text().trimmed().split('\n');
    QCOMPARE(lines.size(), 6);
    for (int k = 2; k < lines.size(); ++k)
      QVERIFY2(lines[k].section('\t', 4).toDouble() < lines[k - 1].section('\t', 4).toDouble(),
               qPrintable(lines[k]));
    take_pictures(lab, QStringLiteral("heat"));
  }

  void fields_that_a_name_lists() {
    Lab lab;
    Experiment e = experiment_of("shallow-water", 16);
    e.dataset.time = 0.1;
    lab.open(e);
    lab.find<QDockWidget>("dataset")->raise();
    QTRY_VERIFY(slider_of(lab, QStringLiteral("Output channel")));
    QSlider* slider = slider_of(lab, QStringLiteral("Input channel"));
    QVERIFY(slider);
    auto* view = lab.window->findChild<widgets::DatasetBrowser*>()->findChild<widgets::FieldView*>();
    QCOMPARE(view->tiles()[0].title, QStringLiteral("Input: initial geopotential"));
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(view->tiles()[0].title, QStringLiteral("Input: vorticity"));
    QCOMPARE(view->tiles()[1].title, QStringLiteral("Output: geopotential"));
    // The fields are of the first channel.
    const auto* fields = lab.window->findChild<widgets::FieldPanel*>()->findChild<widgets::FieldView*>();
    QVERIFY2(fields->tiles()[0].title.endsWith(QStringLiteral("initial geopotential")),
             qPrintable(fields->tiles()[0].title));
    QCOMPARE(rows_of(lab).mid(3), QStringList({"geopotential", "vorticity", "divergence"}));
    take_pictures(lab, QStringLiteral("shallow-water"));
  }
};

HALFWAVE_LAB_TEST_MAIN(DataPanelTest)
#include "data_panel_test.moc"
