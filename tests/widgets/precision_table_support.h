#pragma once

#include "support/window_support.h"
#include "widgets/precision_table.h"

#include <QComboBox>
#include <QHeaderView>
#include <QMenu>
#include <QTableView>
#include <QTest>

#include <vector>

namespace halfwave::test {

using namespace halfwave::widgets;

/// A processor with fp32, fp64 and bf16.
inline DeviceInfo processor() {
  DeviceInfo device;
  device.name = "cpu";
  device.available = true;
  device.support.assign(all_formats.size(), Support::emulated);
  for (const auto format : {Format::fp64, Format::fp32, Format::bf16})
    device.support[static_cast<std::size_t>(format)] = Support::native;
  return device;
}

/// A table on the screen, and the means of a person to change it.
struct Shown {
  PrecisionTable table;
  QTableView* view = nullptr;
  QComboBox* presets = nullptr;
  std::vector<Policy> edits;

  explicit Shown(const std::string& preset = "full", int blocks = 4) {
    table.set_policy(make_policy(preset, blocks));
    table.set_device(processor());
    table.resize(720, 340);
    table.show();
    view = table.findChild<QTableView*>();
    presets = table.findChild<QComboBox*>();
    QObject::connect(&table, &PrecisionTable::policy_edited, &table,
                     [this](const Policy& policy) { edits.push_back(policy); });
    if (!QTest::qWaitForWindowExposed(&table)) qWarning("the table is not shown");
  }

  QMenu* menu() const {
    QMenu* found = nullptr;
    for (auto* menu : table.findChildren<QMenu*>(QStringLiteral("format_menu")))
      if (menu->isVisible()) found = menu;
    return found;
  }

  QMenu* click_cell(int row, int column) const {
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                      view->visualRect(view->model()->index(row, column)).center());
    QTest::qWait(20);
    return menu();
  }

  QMenu* click_header(Qt::Orientation orientation, int section) const {
    auto* header = orientation == Qt::Horizontal ? view->horizontalHeader() : view->verticalHeader();
    const int middle = header->sectionViewportPosition(section) + header->sectionSize(section) / 2;
    QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                      orientation == Qt::Horizontal ? QPoint(middle, 5) : QPoint(5, middle));
    QTest::qWait(20);
    return menu();
  }

  static void choose(QMenu* menu, const QString& start) {
    QVERIFY(menu);
    for (auto* action : menu->actions())
      if (!action->isSeparator() && action->text().startsWith(start)) {
        QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
        QTest::qWait(20);
        return;
      }
    QFAIL("no such action");
  }

  QString cell(int row, int column) const { return view->model()->index(row, column).data().toString(); }
};

/// The action whose text begins so, or nullptr.
inline QAction* action_of(const QMenu* menu, const QString& start) {
  for (auto* action : menu->actions())
    if (!action->isSeparator() && action->text().startsWith(start)) return action;
  return nullptr;
}

}  // namespace halfwave::test
