#include "lab_fixture.h"
#include "widgets/field_panel.h"
#include "widgets/precision_table.h"

#include <QAction>
#include <QDockWidget>
#include <QScrollArea>
#include <QScrollBar>
#include <QTableView>
#include <QToolBar>

using namespace halfwave;
using namespace halfwave::test;

/// At 1280×800 everything has its place, in both themes.
class LayoutTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void fits_a_small_screen_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void fits_a_small_screen() {
    QFETCH(bool, dark);
    Lab lab;
    widgets::apply_theme(*qApp, dark ? widgets::Theme::dark : widgets::Theme::light);
    lab.open(Lab::small_experiment());
    QCOMPARE(lab.window->size(), QSize(1280, 800));

    QList<QWidget*> panels = {lab.window->findChild<widgets::FieldPanel*>()};
    for (auto* dock : lab.window->findChildren<QDockWidget*>()) {
      if (!dock->visibleRegion().isEmpty()) panels.append(dock);
    }
    QCOMPARE(panels.size(), 4);  // fields; one of dataset, operator, training; precision; one of the plots
    const auto place = [&lab](QWidget* w) {
      return QRect(w->mapTo(lab.window.get(), QPoint(0, 0)), w->size());
    };
    for (int i = 0; i < panels.size(); ++i) {
      QVERIFY(lab.window->rect().contains(place(panels[i])));
      for (int j = 0; j < i; ++j) QVERIFY(!place(panels[i]).intersects(place(panels[j])));
    }
    auto* table = lab.window->findChild<widgets::PrecisionTable*>()->findChild<QTableView*>();
    QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
    for (auto* button : lab.find<QToolBar>("toolbar")->findChildren<QToolButton*>()) {
      if (button->isVisible())
        QVERIFY2(button->width() >= button->sizeHint().width(), qPrintable(button->text()));
    }
  }

  void forms_are_never_cut_at_the_side() {
    Lab lab;
    lab.open(Lab::small_experiment());
    for (const char* name : {"dataset", "operator", "training"}) {
      auto* dock = lab.find<QDockWidget>(name);
      dock->raise();
      QCoreApplication::processEvents();
      auto* area = dock->findChild<QScrollArea*>();
      QVERIFY2(area->widget()->width() <= area->viewport()->width(), name);
    }
  }

  void a_panel_behind_a_tab_comes_to_the_front() {
    Lab lab;
    auto* range = lab.find<QDockWidget>("range");
    const auto in_front = [range] { return range->isVisible() && !range->visibleRegion().isEmpty(); };
    QVERIFY(!in_front() && !range->isHidden());
    auto* entry = lab.find<QAction>("show_range");
    for (const bool wanted : {true, false, true}) {
      QTest::keyClick(lab.window.get(), Qt::Key_8, Qt::AltModifier);
      QTRY_COMPARE(in_front(), wanted);
      QCOMPARE(range->isHidden(), !wanted);
      QCOMPARE(entry->isChecked(), wanted);
    }
  }

  void hidden_panels_come_back_as_they_were() {
    Lab lab;
    lab.find<QDockWidget>("memory")->raise();
    const auto seen = [&lab] {
      QStringList names;
      for (const auto* dock : lab.window->findChildren<QDockWidget*>())
        if (!dock->visibleRegion().isEmpty()) names << dock->objectName();
      return names;
    };
    QTRY_VERIFY(seen().contains("memory"));
    const QStringList before = seen();
    QTest::keyClick(lab.window.get(), Qt::Key_F9);
    QVERIFY(seen().isEmpty());
    QTest::keyClick(lab.window.get(), Qt::Key_F9);
    QTRY_COMPARE(seen(), before);
  }

  void long_problems_do_not_widen_the_window() {
    Lab lab;
    lab.open(Lab::small_experiment());
    lab.type("operator.modes", "8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8");
    QVERIFY(!lab.toolbar_problem().isEmpty());
    lab.press("run_button");
    QCoreApplication::processEvents();
    QCOMPARE(lab.window->size(), QSize(1280, 800));
    QVERIFY(lab.window->minimumSizeHint().width() <= 1280);
  }
};

HALFWAVE_LAB_TEST_MAIN(LayoutTest)
#include "layout_test.moc"
