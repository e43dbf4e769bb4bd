#include "widgets/precision_table.h"

#include "support/window_support.h"
#include "widgets/precision_cells.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QTest>
#include <QTimer>
#include <QToolButton>

#include <array>
#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

/// A processor with fp32, fp64 and bf16.
DeviceInfo processor() {
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

}  // namespace

namespace {

QAction* action_of(const QMenu* menu, const QString& start) {
  for (auto* action : menu->actions())
    if (!action->isSeparator() && action->text().startsWith(start)) return action;
  return nullptr;
}

/// What a reader without red or green cones sees (Machado, Oliveira and Fernandes 2009, severity 1), in
/// linear RGB.
using Matrix = std::array<std::array<double, 3>, 3>;
constexpr Matrix plain_sight = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix protanopia = {
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix deuteranopia = {
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};

/// CIELAB of an sRGB colour seen so (D65).
std::array<double, 3> lab(const QColor& colour, const Matrix& sight) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  const std::array<double, 3> rgb = {linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())};
  std::array<double, 3> seen{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) seen[i] += sight[i][j] * rgb[j];
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047);
  const double y = f(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]);
  const double z = f((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

}  // namespace

class PrecisionTableTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void shows_a_preset();
  void missing_cells_cannot_be_edited();
  void a_click_changes_one_cell();
  void a_row_header_sets_the_row();
  void a_column_header_sets_the_column();
  void stabilizers();
  void presets_set_everything();
  void an_edit_back_is_the_preset_again();
  void keyboard_alone_is_enough();
  void escape_changes_nothing();
  void fp64_is_for_all_cells_or_none();
  void formats_of_later_policies_are_shown();
  void emulated_cells_are_marked();
  void block_rows_come_and_go();
  void every_format_is_offered_with_its_facts();
  void what_a_stage_cannot_take_is_disabled();
  void a_row_takes_what_its_stages_can();
  void levels_are_typed_in_place();
  void accumulation_and_gradients();
  void the_engine_decides_what_is_native();
  void formats_stay_apart_for_the_colour_blind();
  void the_reference_lists_all_formats();
  void policy_files_are_asked_for();
  void nothing_is_cut_off_at_615_pixels();
  void read_only();
  void setting_a_policy_emits_nothing();
  void looks();
};

void PrecisionTableTest::shows_a_preset() {
  Shown s("mixed");
  QCOMPARE(s.view->model()->rowCount(), 6);
  QCOMPARE(s.view->model()->columnCount(), 7);
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed"));
  QVERIFY(s.cell(1, 0).startsWith(QStringLiteral("fp16")));
  QCOMPARE(s.cell(1, 6), QStringLiteral("tanh"));
  QCOMPARE(s.view->model()->headerData(0, Qt::Vertical).toString(), QStringLiteral("lifting"));
  QCOMPARE(s.view->model()->headerData(4, Qt::Vertical).toString(), QStringLiteral("block.3"));
  QVERIFY(!s.table.is_custom());
  QVERIFY(s.presets->toolTip().size() > 10);
}

void PrecisionTableTest::missing_cells_cannot_be_edited() {
  Shown s;
  for (const int row : {0, 5})
    for (const int column : {0, 1, 2, 6}) {
      QCOMPARE(s.cell(row, column), QString());
      QVERIFY(!(s.view->model()->flags(s.view->model()->index(row, column)) & Qt::ItemIsEnabled));
      QVERIFY(!s.click_cell(row, column));
    }
}

void PrecisionTableTest::a_click_changes_one_cell() {
  Shown s("mixed");
  Shown::choose(s.click_cell(2, 1), QStringLiteral("fp32"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  Policy expected = make_policy("mixed", 4);
  expected.layers[2][Stage::contraction] = Format::fp32;
  expected.name = "custom";
  QCOMPARE(s.edits.back(), expected);
  QCOMPARE(s.table.base_preset(), std::string("mixed"));
  QVERIFY(s.table.is_custom());
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed, edited"));
  QCOMPARE(s.cell(2, 1), QStringLiteral("fp32"));
}

void PrecisionTableTest::a_row_header_sets_the_row() {
  Shown s;
  Shown::choose(s.click_header(Qt::Vertical, 2), QStringLiteral("bf16"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  for (const auto stage : all_stages) {
    QCOMPARE(s.table.policy().layers[2][stage], Format::bf16);
    QCOMPARE(s.table.policy().layers[1][stage], Format::fp32);
  }
  QCOMPARE(s.table.policy().layers[2].stabilizer, Stabilizer::none);
}

void PrecisionTableTest::a_column_header_sets_the_column() {
  Shown s;
  Shown::choose(s.click_header(Qt::Horizontal, static_cast<int>(Stage::pointwise)), QStringLiteral("fp16"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  for (const auto& layer : s.table.policy().layers) {
    QCOMPARE(layer[Stage::pointwise], Format::fp16);
    QCOMPARE(layer[Stage::weights], Format::fp32);
  }
  Shown::choose(s.click_header(Qt::Horizontal, 0), QStringLiteral("fp16"));
  QCOMPARE(s.table.policy().layers[1][Stage::forward_transform], Format::fp16);
  QCOMPARE(s.table.policy().layers[0][Stage::forward_transform], Format::fp32);
}

void PrecisionTableTest::stabilizers() {
  Shown s;
  Shown::choose(s.click_header(Qt::Horizontal, stabilizer_column), QStringLiteral("tanh"));
  QCOMPARE(s.table.policy().layers[1].stabilizer, Stabilizer::tanh);
  QCOMPARE(s.table.policy().layers[0].stabilizer, Stabilizer::none);
  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("none"));
  QCOMPARE(s.table.policy().layers[1].stabilizer, Stabilizer::none);
  QCOMPARE(s.table.policy().layers[2].stabilizer, Stabilizer::tanh);
}

void PrecisionTableTest::presets_set_everything() {
  Shown s;
  s.presets->setFocus();
  for (const char* preset : {"amp", "mixed", "naive", "bf16", "tf32", "fp8", "full"}) {
    const int index = s.presets->findData(QString::fromLatin1(preset));
    QTest::keyClick(s.presets, Qt::Key_Home);
    for (int i = 0; i < index; ++i) QTest::keyClick(s.presets, Qt::Key_Down);
    QCOMPARE(s.edits.back(), make_policy(preset, 4));
    QVERIFY(!s.table.is_custom());
  }
}

void PrecisionTableTest::an_edit_back_is_the_preset_again() {
  Shown s("mixed");
  Shown::choose(s.click_cell(1, 0), QStringLiteral("fp32"));
  QCOMPARE(s.edits.back().name, std::string("custom"));
  Shown::choose(s.click_cell(1, 0), QStringLiteral("fp16"));
  QCOMPARE(s.edits.back(), make_policy("mixed", 4));
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed"));
  QCOMPARE(s.presets->count(), static_cast<int>(policy_preset_names().size()));
}

void PrecisionTableTest::keyboard_alone_is_enough() {
  Shown s;
  s.view->setFocus();
  s.view->setCurrentIndex(s.view->model()->index(1, 0));
  QTest::keyClick(s.view, Qt::Key_Right);
  QTest::keyClick(s.view, Qt::Key_Return);
  QTRY_VERIFY(s.menu());
  QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(1));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::tf32);

  QTest::keyClick(s.view, Qt::Key_Return, Qt::ShiftModifier);
  QTRY_VERIFY(s.menu());
  for (int i = 0; i < 3; ++i) QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(2));
  for (const auto stage : all_stages) QCOMPARE(s.table.policy().layers[1][stage], Format::fp16);

  QTest::keyClick(s.view, Qt::Key_Return, Qt::ControlModifier);
  QTRY_VERIFY(s.menu());
  for (int i = 0; i < 3; ++i) QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(3));
  for (int block = 1; block <= 4; ++block)
    QCOMPARE(s.table.policy().layers[static_cast<std::size_t>(block)][Stage::contraction], Format::fp16);
}

void PrecisionTableTest::escape_changes_nothing() {
  Shown s;
  auto* menu = s.click_cell(1, 1);
  QVERIFY(menu);
  QTest::keyClick(menu, Qt::Key_Escape);
  QTest::qWait(20);
  QVERIFY(!s.menu());
  QVERIFY(s.edits.empty());
}

void PrecisionTableTest::fp64_is_for_all_cells_or_none() {
  Shown s;
  auto* cell_menu = s.click_cell(1, 1);
  const auto* fp64 = action_of(cell_menu, QStringLiteral("fp64"));
  QVERIFY(fp64 && !fp64->isEnabled());
  QVERIFY(fp64->toolTip().contains(QStringLiteral("All cells")));
  cell_menu->close();
  auto* menu = s.table.findChild<QPushButton*>()->menu();
  menu->popup(s.table.mapToGlobal(QPoint(10, 10)));
  QTest::qWait(20);
  Shown::choose(menu, QStringLiteral("fp64"));
  for (std::size_t layer = 0; layer < 6; ++layer)
    for (const auto stage : all_stages)
      if (has_stage(layer, 6, stage)) QCOMPARE(s.table.policy().layers[layer][stage], Format::fp64);
  Shown::choose(s.click_cell(1, 1), QStringLiteral("fp16"));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp16);
  QCOMPARE(s.table.policy().layers[2][Stage::contraction], Format::fp32);
}

void PrecisionTableTest::formats_of_later_policies_are_shown() {
  Shown s;
  Policy policy = make_policy("mixed", 4);
  policy.name = "custom";
  policy.layers[1][Stage::contraction] = Format::fp8_e4m3;
  policy.layers[2][Stage::contraction] = Format::tf32;
  s.table.set_policy(policy);
  QCOMPARE(s.cell(1, 1), QStringLiteral("fp8_e4m3 ≈"));
  QCOMPARE(s.table.base_preset(), std::string("mixed"));
  Shown::choose(s.click_cell(1, 2), QStringLiteral("fp32"));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp8_e4m3);
  QCOMPARE(s.table.policy().layers[2][Stage::contraction], Format::tf32);
}

void PrecisionTableTest::emulated_cells_are_marked() {
  Shown s("mixed");
  const auto* model = s.view->model();
  QCOMPARE(s.cell(1, 0), QStringLiteral("fp16 ≈"));
  QVERIFY(model->index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("Emulated on cpu")));
  // Stored things have the format's bytes everywhere.
  QCOMPARE(s.cell(1, static_cast<int>(Stage::saved_activations)), QStringLiteral("fp16"));
  auto visible_note = [&] {
    for (auto* label : s.table.findChildren<QLabel*>())
      if (label->isVisible() && label->text().contains(QStringLiteral("emulated on cpu"))) return true;
    return false;
  };
  QVERIFY(visible_note());
  s.table.choose_preset(QStringLiteral("bf16"));
  QCOMPARE(s.cell(1, 0), QStringLiteral("bf16"));
  QVERIFY(!visible_note());
  DeviceInfo gpu = processor();
  gpu.name = "cuda";
  gpu.support.assign(all_formats.size(), Support::native);
  s.table.choose_preset(QStringLiteral("mixed"));
  s.table.set_device(gpu);
  QCOMPARE(s.cell(1, 0), QStringLiteral("fp16"));
  QVERIFY(!visible_note());
}

void PrecisionTableTest::block_rows_come_and_go() {
  Shown s("mixed");
  s.table.choose_format(1, Stage::contraction, Format::fp32);
  const auto count = s.edits.size();
  s.table.set_blocks(6);
  QCOMPARE(s.view->model()->rowCount(), 8);
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp32);
  QCOMPARE(s.table.policy().layers[6], make_policy("mixed", 6).layers[6]);
  s.table.set_blocks(1);
  QCOMPARE(s.table.blocks(), 1);
  QCOMPARE(s.table.policy().layers.size(), std::size_t(3));
  QCOMPARE(s.edits.size(), count);
  QVERIFY(s.table.is_custom());
}

void PrecisionTableTest::every_format_is_offered_with_its_facts() {
  Shown s;
  auto* menu = s.click_cell(1, 1);
  QVERIFY(menu && menu->toolTipsVisible());
  for (const auto format : all_formats) {
    const auto* action = action_of(menu, QString::fromStdString(std::string(name(format))));
    QVERIFY2(action, std::string(name(format)).c_str());
    QVERIFY(!action->icon().isNull());
  }
  const QString tip = action_of(menu, QStringLiteral("fp16"))->toolTip();
  for (const char* fact : {"1 + 5 + 10", "65504", "4.88·10⁻⁴", "±∞"})
    QVERIFY2(tip.contains(QString::fromUtf8(fact)), qPrintable(tip));
  const QString e4m3 = action_of(menu, QStringLiteral("fp8_e4m3"))->toolTip();
  for (const char* fact : {"1 + 4 + 3", "448", "becomes the largest", "8 bits"})
    QVERIFY2(e4m3.contains(QString::fromUtf8(fact)), qPrintable(e4m3));
  QVERIFY(action_of(menu, QStringLiteral("fp8_e5m2"))->toolTip().contains(QStringLiteral("57344")));
  QVERIFY(action_of(menu, QStringLiteral("fp16"))->text().contains(QStringLiteral("emulated")));
  QVERIFY(action_of(menu, QStringLiteral("bf16"))->text().contains(QStringLiteral("native")));
  Shown::choose(menu, QStringLiteral("fp8_e4m3"));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp8_e4m3);
}

void PrecisionTableTest::what_a_stage_cannot_take_is_disabled() {
  Shown s;
  auto* menu = s.click_cell(1, static_cast<int>(Stage::weights));
  for (const char* format : {"tf32", "fp8_e4m3", "fp8_e5m2"}) {
    auto* action = action_of(menu, QLatin1String(format));
    QVERIFY(action && !action->isEnabled());
    QVERIFY2(action->toolTip().startsWith(QStringLiteral("Weights cannot be ")),
             qPrintable(action->toolTip()));
    QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
  }
  QVERIFY(s.edits.empty());
  menu->close();
  menu = s.click_cell(1, static_cast<int>(Stage::saved_activations));
  QVERIFY(!action_of(menu, QStringLiteral("tf32"))->isEnabled());
  QVERIFY(action_of(menu, QStringLiteral("fp8_e4m3"))->isEnabled());
}

void PrecisionTableTest::a_row_takes_what_its_stages_can() {
  Shown s;
  Shown::choose(s.click_header(Qt::Vertical, 2), QStringLiteral("fp8_e4m3"));
  for (const auto stage : all_stages)
    QCOMPARE(s.table.policy().layers[2][stage], stage == Stage::weights ? Format::fp32 : Format::fp8_e4m3);
}

void PrecisionTableTest::levels_are_typed_in_place() {
  Shown s;
  auto* menu = s.click_cell(1, stabilizer_column);
  QVERIFY(!action_of(menu, QStringLiteral("Level…"))->isEnabled());
  Shown::choose(menu, QStringLiteral("hard clip"));
  QCOMPARE(s.cell(1, stabilizer_column), QStringLiteral("hard clip ±1"));
  Shown::choose(s.click_cell(2, stabilizer_column), QStringLiteral("scale"));
  QCOMPARE(s.cell(2, stabilizer_column), QStringLiteral("scale 1/64"));

  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("Level…"));
  auto* edit = s.view->findChild<QLineEdit*>(QStringLiteral("stabilizer_level"));
  QVERIFY(edit && edit->isVisible());
  QCOMPARE(edit->text(), QStringLiteral("1"));
  edit->selectAll();
  QTest::keyClicks(edit, QStringLiteral("0"));
  QTest::keyClick(edit, Qt::Key_Return);
  QVERIFY(edit->isVisible());  // 0 is no level
  edit->selectAll();
  QTest::keyClicks(edit, QStringLiteral("2.5"));
  QTest::keyClick(edit, Qt::Key_Return);
  QTRY_COMPARE(s.table.policy().layers[1].level(), 2.5);
  QCOMPARE(s.cell(1, stabilizer_column), QStringLiteral("hard clip ±2.5"));
  QCOMPARE(s.table.policy().layers[2].level(), 64.0);

  // For all layers that have one.
  Shown::choose(s.click_header(Qt::Horizontal, stabilizer_column), QStringLiteral("Level…"));
  edit = s.view->findChild<QLineEdit*>(QStringLiteral("stabilizer_level"));
  QVERIFY(edit);
  edit->selectAll();
  QTest::keyClicks(edit, QStringLiteral("8"));
  QTest::keyClick(edit, Qt::Key_Return);
  QTRY_COMPARE(s.table.policy().layers[2].level(), 8.0);
  QCOMPARE(s.table.policy().layers[1].level(), 8.0);
  QCOMPARE(s.table.policy().layers[3].stabilizer, Stabilizer::none);

  // Escape leaves it.
  const auto count = s.edits.size();
  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("Level…"));
  edit = s.view->findChild<QLineEdit*>(QStringLiteral("stabilizer_level"));
  QVERIFY(edit);
  QTest::keyClicks(edit, QStringLiteral("9"));
  QTest::keyClick(edit, Qt::Key_Escape);
  QTest::qWait(30);
  QCOMPARE(s.edits.size(), count);
}

void PrecisionTableTest::accumulation_and_gradients() {
  Shown s("mixed");
  auto* accumulation = s.table.findChild<QToolButton*>(QStringLiteral("accumulation_button"));
  auto* gradients = s.table.findChild<QToolButton*>(QStringLiteral("gradients_button"));
  QCOMPARE(accumulation->text(), QStringLiteral("Σ fp32"));
  QCOMPARE(gradients->text(), QStringLiteral("∇ stage"));

  // One layer, by its row's menu.
  auto* menu = s.click_header(Qt::Vertical, 2);
  auto* inner = action_of(menu, QStringLiteral("Σ"))->menu();
  menu->setActiveAction(inner->menuAction());
  QTest::keyClick(menu, Qt::Key_Right);
  QTRY_VERIFY(inner->isVisible());
  Shown::choose(inner, QStringLiteral("strict"));
  QCOMPARE(s.table.policy().layers[2].accumulation, Accumulation::strict);
  QCOMPARE(s.table.policy().layers[1].accumulation, Accumulation::fp32);
  QCOMPARE(s.view->model()->headerData(2, Qt::Vertical).toString(), QStringLiteral("block.1 Σ"));
  QVERIFY(s.view->model()
              ->headerData(2, Qt::Vertical, Qt::ToolTipRole)
              .toString()
              .contains(QStringLiteral("strict accumulation")));
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed, edited"));
  QCOMPARE(accumulation->text(), QStringLiteral("Σ some"));

  // All of them, from the line above.
  const auto choose_in = [](QToolButton* button, const QString& start) {
    QTimer::singleShot(50, button, [button, start] { Shown::choose(button->menu(), start); });
    QTest::mouseClick(button, Qt::LeftButton);
  };
  choose_in(accumulation, QStringLiteral("strict"));
  QTRY_COMPARE(accumulation->text(), QStringLiteral("Σ strict"));
  choose_in(gradients, QStringLiteral("fp32"));
  QTRY_COMPARE(gradients->text(), QStringLiteral("∇ fp32"));
  for (const auto& layer : s.table.policy().layers) {
    QCOMPARE(layer.accumulation, Accumulation::strict);
    QVERIFY(layer.fp32_gradients);
  }
  QCOMPARE(s.view->model()->headerData(0, Qt::Vertical).toString(), QStringLiteral("lifting Σ∇"));
}

void PrecisionTableTest::the_engine_decides_what_is_native() {
  Shown s("bf16");
  QCOMPARE(s.cell(1, 0), QStringLiteral("bf16"));
  s.table.set_engine("fft");
  QCOMPARE(s.cell(1, 0), QStringLiteral("bf16 ≈"));
  QCOMPARE(s.cell(1, 1), QStringLiteral("bf16"));
  const QString tip = s.view->model()->index(1, 0).data(Qt::ToolTipRole).toString();
  QVERIFY2(tip.contains(QStringLiteral("engine fft")), qPrintable(tip));
  s.table.set_engine("dft");
  QCOMPARE(s.cell(1, 0), QStringLiteral("bf16"));
}

void PrecisionTableTest::formats_stay_apart_for_the_colour_blind() {
  // Two patches side by side are told apart from a distance of about 2.3 in CIELAB; four times that is asked
  // of the bands in full colour.
  constexpr double apart = 9.0;
  for (const Theme theme : {Theme::light, Theme::dark})
    for (const auto& sight : {plain_sight, protanopia, deuteranopia})
      for (const auto one : all_formats)
        for (const auto other : all_formats) {
          if (one >= other) continue;
          apply_theme(*qApp, theme);
          const auto a = lab(format_key_colour(one), sight), b = lab(format_key_colour(other), sight);
          const double distance = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
          QVERIFY2(distance > apart, qPrintable(QStringLiteral("%1 and %2: %3")
                                                    .arg(QString::fromStdString(std::string(name(one))),
                                                         QString::fromStdString(std::string(name(other))))
                                                    .arg(distance)));
        }
}

void PrecisionTableTest::the_reference_lists_all_formats() {
  Shown s;
  QTest::mouseClick(s.table.findChild<QToolButton*>(QStringLiteral("formats_button")), Qt::LeftButton);
  auto* dialog = s.table.findChild<QDialog*>(QStringLiteral("format_reference"));
  QVERIFY(dialog);
  QTRY_VERIFY(dialog->isVisible());
  auto* facts_table = dialog->findChild<QTableWidget*>();
  QCOMPARE(facts_table->rowCount(), static_cast<int>(all_formats.size()));
  QStringList row;
  for (int column = 0; column < facts_table->columnCount() - 1; ++column)
    row << facts_table->item(4, column)->text();
  QCOMPARE(row, QStringList({"fp16", "1 + 5 + 10", "16 bits", "65504", "6.10·10⁻⁵", "5.96·10⁻⁸", "4.88·10⁻⁴",
                             "becomes ±∞", "≈ emulated"}));
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    QTest::qWait(50);
    test::screenshot(*dialog, QStringLiteral("formats-") + theme_name(theme));
  }
  QTest::keyClick(dialog, Qt::Key_Escape);
  QTRY_VERIFY(!dialog->isVisible());
}

void PrecisionTableTest::policy_files_are_asked_for() {
  Shown s;
  QSignalSpy save(&s.table, &PrecisionTable::save_asked), load(&s.table, &PrecisionTable::load_asked);
  auto* button = s.table.findChild<QToolButton*>(QStringLiteral("policy_file_button"));
  for (const char* entry : {"Save policy", "Load policy"}) {
    QTimer::singleShot(50, button, [button, entry] { Shown::choose(button->menu(), QLatin1String(entry)); });
    QTest::mouseClick(button, Qt::LeftButton);
  }
  QTRY_COMPARE(load.count(), 1);
  QCOMPARE(save.count(), 1);
}

void PrecisionTableTest::nothing_is_cut_off_at_615_pixels() {
  Shown s("mixed");
  s.table.choose_preset(QStringLiteral("fp8"));
  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("hard clip"));
  s.table.resize(615, 340);
  QTest::qWait(50);
  QVERIFY(s.table.minimumSizeHint().width() <= 615);
  for (const auto* button : s.table.findChildren<QAbstractButton*>()) {
    if (!button->isVisible() || button->text().isEmpty()) continue;
    QVERIFY2(button->width() >= button->minimumSizeHint().width(), qPrintable(button->text()));
    const QRect placed(button->mapTo(&s.table, QPoint()), button->size());
    QVERIFY2(s.table.rect().contains(placed), qPrintable(button->text()));
  }
  QVERIFY(s.presets->width() >= s.presets->fontMetrics().horizontalAdvance(s.presets->currentText()) + 24);
  const QFontMetrics metrics(s.view->font());
  for (int column = 0; column < policy_columns; ++column)
    QVERIFY(s.view->columnWidth(column) >= PolicyDelegate::least_width(metrics, s.cell(1, column)));
  int width = s.view->verticalHeader()->width();
  for (int column = 0; column < policy_columns; ++column) width += s.view->columnWidth(column);
  QVERIFY2(width <= s.view->width(), qPrintable(QString::number(width)));
}

void PrecisionTableTest::read_only() {
  Shown s;
  s.table.set_read_only(true);
  QVERIFY(!s.click_cell(1, 1));
  QVERIFY(!s.click_header(Qt::Vertical, 1));
  QVERIFY(!s.presets->isEnabled());
  s.table.set_read_only(false);
  QVERIFY(s.click_cell(1, 1));
}

void PrecisionTableTest::setting_a_policy_emits_nothing() {
  Shown s;
  s.table.set_policy(make_policy("amp", 4));
  s.table.set_policy(make_policy("amp", 4), "mixed");
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed, edited"));
  s.table.set_half(Format::bf16);
  QVERIFY(s.edits.empty());
}

void PrecisionTableTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    Shown s("mixed");
    s.table.choose_format(2, Stage::contraction, Format::fp32);
    s.table.choose_format(3, Stage::pointwise, Format::bf16);
    s.view->setFocus();
    s.view->setCurrentIndex(s.view->model()->index(2, 1));
    s.table.choose_format(1, Stage::contraction, Format::fp8_e4m3);
    s.table.choose_format(4, Stage::contraction, Format::tf32);
    s.table.choose_format(4, Stage::forward_transform, Format::fp8_e5m2);
    s.table.resize(615, 330);
    QTest::qWait(50);
    test::screenshot(s.table, QStringLiteral("precision-") + theme_name(theme));
    auto* menu = s.click_cell(2, 1);
    test::screenshot(*menu, QStringLiteral("precision-menu-") + theme_name(theme));
    menu->close();
    s.table.resize(480, 330);
    QTest::qWait(50);
    test::screenshot(s.table, QStringLiteral("precision-narrow-") + theme_name(theme));
  }
}

QTEST_MAIN(PrecisionTableTest)
#include "precision_table_test.moc"
