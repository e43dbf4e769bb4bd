#include "precision_table_support.h"
#include "widgets/precision_cells.h"
#include "widgets/theme.h"

#include <QDialog>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>
#include <QTimer>
#include <QToolButton>

#include <array>
#include <cmath>

using namespace halfwave;
using namespace halfwave::test;

namespace {}  // namespace

namespace {

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

/// What cells, rows and the whole table can be set to.
class PrecisionChoicesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void every_format_is_offered_with_its_facts();
  void what_a_stage_cannot_take_is_disabled();
  void a_row_takes_what_its_stages_can();
  void levels_are_typed_in_place();
  void accumulation_and_gradients();
  void the_engine_decides_what_is_native();
  void formats_stay_apart_for_the_colour_blind();
  void the_reference_lists_all_formats();
  void policy_files_are_asked_for();
};

void PrecisionChoicesTest::every_format_is_offered_with_its_facts() {
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

void PrecisionChoicesTest::what_a_stage_cannot_take_is_disabled() {
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

void PrecisionChoicesTest::a_row_takes_what_its_stages_can() {
  Shown s;
  Shown::choose(s.click_header(Qt::Vertical, 2), QStringLiteral("fp8_e4m3"));
  for (const auto stage : all_stages)
    QCOMPARE(s.table.policy().layers[2][stage], stage == Stage::weights ? Format::fp32 : Format::fp8_e4m3);
}

void PrecisionChoicesTest::levels_are_typed_in_place() {
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

void PrecisionChoicesTest::accumulation_and_gradients() {
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

void PrecisionChoicesTest::the_engine_decides_what_is_native() {
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

void PrecisionChoicesTest::formats_stay_apart_for_the_colour_blind() {
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

void PrecisionChoicesTest::the_reference_lists_all_formats() {
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

void PrecisionChoicesTest::policy_files_are_asked_for() {
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

QTEST_MAIN(PrecisionChoicesTest)
#include "precision_choices_test.moc"
