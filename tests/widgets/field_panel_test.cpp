#include "widgets/field_panel.h"

#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/colour_bar.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include <limits>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::darcy_like;
using halfwave::test::screenshot;
using halfwave::test::show_window;
using halfwave::test::wait_for;

namespace {

QToolButton* button(const QWidget& parent, const QString& text) {
  for (QToolButton* b : parent.findChildren<QToolButton*>())
    if (b->text() == text) return b;
  return nullptr;
}

// Waits for a picture newer than `count`.
bool drawn_after(FieldView& view, int count) {
  return wait_for([&] { return view.rendered_count() > count; });
}

QColor pixel(QWidget& widget, QPoint at) {
  return widget.grab().toImage().pixelColor(at);
}

// The place of a cell's centre in a tile, at zoom 1.
QPoint cell_place(const FieldView& view, std::size_t tile, int row, int column, int rows, int columns) {
  const QRect r = view.tile_rect(tile);
  return {r.left() + static_cast<int>((column + 0.5) / columns * r.width()),
          r.top() + static_cast<int>((1.0 - (row + 0.5) / rows) * r.height())};
}

}  // namespace

class FieldPanelTest : public QObject {
  Q_OBJECT

  static void prepare(FieldPanel& panel, const SnapshotEvent& snapshot, QSize size = {1000, 700}) {
    panel.set_names({QStringLiteral("coefficient a"), QString()},
                    {QStringLiteral("pressure u"), QStringLiteral("Pa")});
    panel.set_snapshot(snapshot);
    QVERIFY(show_window(panel, size));
    if (!panel.view()->available()) QSKIP(qPrintable(panel.view()->unavailable_reason()));
    QVERIFY(wait_for([&] { return panel.view()->rendered_count() > 0; }));
  }

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void placeholder_until_the_first_snapshot() {
    FieldPanel panel;
    QVERIFY(show_window(panel, {700, 500}));
    QVERIFY(!panel.has_snapshot());
    QVERIFY(!panel.view()->isVisible());
    screenshot(panel, QStringLiteral("fields_empty"));
    panel.set_snapshot(darcy_like({16, 16}));
    QVERIFY(panel.view()->isVisible());
    panel.clear(QStringLiteral("Nothing here."));
    QVERIFY(!panel.has_snapshot());
    QVERIFY(!panel.view()->isVisible());
  }

  void pictures_have_the_colours_of_their_values() {
    FieldPanel panel;
    SnapshotEvent s = darcy_like({16, 16});
    prepare(panel, s);
    FieldView& view = *panel.view();
    QCOMPARE(view.tiles().size(), std::size_t{4});
    for (std::size_t tile = 0; tile < 4; ++tile) {
      const FieldTile& shown = view.tiles()[tile];
      for (const auto& [row, column] : {std::pair(0, 0), {3, 12}, {15, 4}, {8, 8}}) {
        const double value = shown.field.values[static_cast<std::size_t>(row * 16 + column)];
        const Rgb want = colour_table(shown.map)[static_cast<std::size_t>(shown.range.padded().index(value))];
        const QColor seen = pixel(view, cell_place(view, tile, row, column, 16, 16));
        // A picture shows the table's own colours; one step of rounding is allowed.
        QVERIFY2(std::abs(seen.red() - want[0]) <= 2 && std::abs(seen.green() - want[1]) <= 2 &&
                     std::abs(seen.blue() - want[2]) <= 2,
                 qPrintable(QStringLiteral("tile %1 cell %2,%3: %4 for %5,%6,%7")
                                .arg(tile)
                                .arg(row)
                                .arg(column)
                                .arg(seen.name())
                                .arg(want[0])
                                .arg(want[1])
                                .arg(want[2])));
      }
    }
  }

  void truth_and_prediction_share_a_range() {
    FieldPanel panel;
    SnapshotEvent s = darcy_like({16, 16});
    s.prediction.values[5] = 1.0F;
    prepare(panel, s);
    const auto& tiles = panel.view()->tiles();
    QCOMPARE(tiles[1].range, tiles[2].range);
    QCOMPARE(tiles[1].range, range_of(s.truth.values));
    QCOMPARE(tiles[0].range, (ColourRange{3.0, 12.0}));
    QCOMPARE(tiles[3].range.low, -tiles[3].range.high);
    QCOMPARE(tiles[1].unit, QStringLiteral("Pa"));
  }

  void hovering_reads_all_fields_at_one_point() {
    FieldPanel panel;
    const SnapshotEvent s = darcy_like({16, 24});
    prepare(panel, s);
    FieldView& view = *panel.view();
    for (std::size_t tile = 0; tile < 4; ++tile) {
      QTest::mouseMove(&view, QPoint(1, 1));
      QTest::mouseMove(&view, cell_place(view, tile, 11, 5, 16, 24));
      QVERIFY(wait_for([&] { return view.marker().has_value(); }));
      QCOMPARE(view.marker()->row, 11);
      QCOMPARE(view.marker()->column, 5);
      const std::size_t index = 11 * 24 + 5;
      QVERIFY(panel.read_out().contains(QStringLiteral("x 0.229, y 0.719")));
      for (const float value : {s.input.values[index], s.truth.values[index], s.prediction.values[index],
                                s.prediction.values[index] - s.truth.values[index]})
        QVERIFY2(panel.read_out().contains(format_value(value)), qPrintable(panel.read_out()));
    }
    // A new snapshot changes the values under a mouse that rests.
    SnapshotEvent next = s;
    next.prediction.values[11 * 24 + 5] = 0.5F;
    panel.set_snapshot(next);
    QVERIFY(panel.read_out().contains(QStringLiteral("prediction 0.5 Pa")));
    screenshot(panel, QStringLiteral("fields_hover"));
    QTest::mouseMove(&view, QPoint(1, 1));
    QVERIFY(wait_for([&] { return !view.marker().has_value(); }));
  }

  void wheel_zooms_at_the_mouse_and_double_click_resets() {
    FieldPanel panel;
    prepare(panel, darcy_like({16, 16}));
    FieldView& view = *panel.view();
    const QPoint at = cell_place(view, 2, 12, 3, 16, 16);
    QTest::mouseMove(&view, at);
    QVERIFY(wait_for([&] { return view.marker().has_value(); }));
    const FieldPoint before = *view.marker();
    for (int notch = 0; notch < 4; ++notch) {
      QWheelEvent wheel(at, view.mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                        Qt::NoScrollPhase, false);
      QApplication::sendEvent(&view, &wheel);
    }
    QVERIFY(std::abs(view.zoom() - std::pow(1.2, 4)) < 1e-9);
    QTest::mouseMove(&view, at + QPoint(1, 0));
    QTest::mouseMove(&view, at);
    QTest::qWait(20);
    QCOMPARE(*view.marker(), before);

    // Dragging to the right brings what lies on the left.
    const int frames = view.rendered_count();
    QTest::mousePress(&view, Qt::LeftButton, {}, at);
    QTest::mouseMove(&view, at + QPoint(60, 0));
    QTest::mouseRelease(&view, Qt::LeftButton, {}, at + QPoint(60, 0));
    QVERIFY(drawn_after(view, frames));
    QVERIFY(view.marker().has_value());
    QVERIFY(view.marker()->column <= before.column);

    QTest::mouseDClick(&view, Qt::LeftButton, {}, at);
    QVERIFY(std::abs(view.zoom() - 1.0) < 1e-12);
  }

  void keys_zoom_and_reset() {
    FieldPanel panel;
    prepare(panel, darcy_like({16, 16}));
    FieldView& view = *panel.view();
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Plus);
    QTest::keyClick(&view, Qt::Key_Plus);
    QVERIFY(view.zoom() > 1.4);
    QTest::keyClick(&view, Qt::Key_Minus);
    QVERIFY(std::abs(view.zoom() - 1.2) < 1e-9);
    QTest::keyClick(&view, Qt::Key_R);
    QVERIFY(std::abs(view.zoom() - 1.0) < 1e-12);
  }

  void the_camera_stays_when_values_change() {
    FieldPanel panel;
    prepare(panel, darcy_like({16, 16}));
    QTest::keyClick(panel.view(), Qt::Key_Plus);
    panel.set_snapshot(darcy_like({16, 16}, 0.2));
    QVERIFY(panel.view()->zoom() > 1.1);
    panel.set_snapshot(darcy_like({16, 32}));
    QVERIFY(std::abs(panel.view()->zoom() - 1.0) < 1e-12);
  }

  void surface_mode_by_mouse() {
    FieldPanel panel;
    prepare(panel, darcy_like({64, 64}));
    FieldView& view = *panel.view();
    QSignalSpy changed(&panel, &FieldPanel::settings_changed);
    int frames = view.rendered_count();
    QTest::mouseClick(button(panel, QStringLiteral("Surface")), Qt::LeftButton);
    QCOMPARE(panel.mode(), FieldMode::surface);
    QCOMPARE(changed.count(), 1);
    QVERIFY(drawn_after(view, frames));
    const QPoint middle = view.tile_rect(1).center();
    QTest::mouseMove(&view, middle);
    QVERIFY(wait_for([&] { return view.marker().has_value(); }));
    screenshot(panel, QStringLiteral("fields_surface"));

    const QImage before = view.grab().toImage();
    frames = view.rendered_count();
    QTest::mousePress(&view, Qt::LeftButton, {}, middle);
    QTest::mouseMove(&view, middle + QPoint(80, 30));
    QTest::mouseRelease(&view, Qt::LeftButton, {}, middle + QPoint(80, 30));
    QVERIFY(drawn_after(view, frames));
    QVERIFY(view.grab().toImage() != before);
    QTest::mouseClick(button(panel, QStringLiteral("Image")), Qt::LeftButton);
    QCOMPARE(panel.mode(), FieldMode::image);
  }

  void colour_map_and_error_kind_by_keyboard() {
    FieldPanel panel;
    prepare(panel, darcy_like({16, 16}));
    const auto combos = panel.findChildren<QComboBox*>();
    QCOMPARE(combos.size(), 2);
    combos[0]->setFocus();
    QTest::keyClick(combos[0], Qt::Key_Down);
    QCOMPARE(panel.colour_map(), ColourMap::cividis);
    QCOMPARE(panel.view()->tiles()[2].map, ColourMap::cividis);
    QCOMPARE(panel.view()->tiles()[3].map, ColourMap::diverging);
    combos[1]->setFocus();
    QTest::keyClick(combos[1], Qt::Key_Down);
    QVERIFY(!panel.signed_error());
    QCOMPARE(panel.view()->tiles()[3].range.low, 0.0);
    QCOMPARE(panel.view()->tiles()[3].map, ColourMap::magma);
  }

  void values_that_are_not_finite_are_marked() {
    FieldPanel panel;
    SnapshotEvent s = darcy_like({16, 16});
    s.prediction.values[0] = std::numeric_limits<float>::quiet_NaN();
    s.prediction.values[15] = std::numeric_limits<float>::infinity();
    prepare(panel, s);
    FieldView& view = *panel.view();
    const QColor marked(not_finite_colour[0], not_finite_colour[1], not_finite_colour[2]);
    QCOMPARE(pixel(view, cell_place(view, 2, 0, 0, 16, 16)), marked);
    QCOMPARE(pixel(view, cell_place(view, 2, 0, 15, 16, 16)), marked);
    QVERIFY(pixel(view, cell_place(view, 1, 0, 0, 16, 16)) != marked);
    QTest::mouseMove(&view, cell_place(view, 1, 0, 0, 16, 16));
    QVERIFY(wait_for([&] { return panel.read_out().contains(QStringLiteral("prediction NaN")); }));
    panel.set_mode(FieldMode::surface);
    QTest::qWait(50);
  }

  void fields_that_do_not_fit_are_refused_with_a_sentence() {
    FieldPanel panel;
    QVERIFY(show_window(panel, {700, 500}));
    SnapshotEvent s = darcy_like({16, 16});
    s.input = darcy_like({8, 8}).input;
    panel.set_snapshot(s);
    QVERIFY(!panel.has_snapshot());
    const auto says = [&](const QString& text) {
      for (const QLabel* label : panel.findChildren<QLabel*>())
        if (label->isVisible() && label->text().contains(text)) return true;
      return false;
    };
    QVERIFY(says(QStringLiteral("8 × 8")));
    s = darcy_like({16, 16});
    s.truth.values.pop_back();
    panel.set_snapshot(s);
    QVERIFY(says(QStringLiteral("255 values")));
    panel.set_snapshot(SnapshotEvent{});
    QVERIFY(!panel.has_snapshot());
  }

  void odd_grids() {
    FieldPanel panel;
    prepare(panel, darcy_like({1, 1}));
    for (const std::vector<int>& shape : {std::vector<int>{1, 7}, {13, 1}, {5, 200}, {256, 256}}) {
      const int frames = panel.view()->rendered_count();
      panel.set_snapshot(darcy_like(shape));
      QVERIFY(drawn_after(*panel.view(), frames));
      panel.set_mode(FieldMode::surface);
      QTest::mouseMove(panel.view(), panel.view()->tile_rect(0).center());
      QTest::qWait(20);
      panel.set_mode(FieldMode::image);
    }
  }

  void one_axis_is_drawn_as_curves() {
    FieldPanel panel;
    panel.set_names({QStringLiteral("initial u"), QString()},
                    {QStringLiteral("final u"), QStringLiteral("m/s")});
    panel.set_snapshot(darcy_like({64}));
    QVERIFY(show_window(panel, {900, 600}));
    QVERIFY(!panel.view()->isVisible());
    QWidget* plot = panel.findChild<QWidget*>(QStringLiteral("field_lines_plot"));
    QVERIFY(plot && plot->isVisible());
    QTest::mouseMove(plot, {plot->width() / 2, plot->height() / 4});
    QVERIFY(wait_for([&] { return panel.read_out().startsWith(QStringLiteral("x 0.")); }));
    screenshot(panel, QStringLiteral("fields_lines"));
  }

  void three_axes_show_a_slice() {
    FieldPanel panel;
    prepare(panel, darcy_like({8, 16, 16}));
    auto* slice = panel.findChild<QSlider*>();
    QVERIFY(slice && slice->isVisible());
    QCOMPARE(slice->value(), 4);
    const float before = panel.view()->tiles()[1].field.values[0];
    slice->setFocus();
    QTest::keyClick(slice, Qt::Key_Right);
    QCOMPARE(panel.view()->tiles()[1].field.values[0] - before, 1.0F);
    screenshot(panel, QStringLiteral("fields_volume"));
  }

  void both_themes_at_full_size() {
    FieldPanel panel;
    prepare(panel, darcy_like({64, 64}), {1280, 800});
    for (const Theme theme : {Theme::light, Theme::dark}) {
      const int frames = panel.view()->rendered_count();
      apply_theme(*qApp, theme);
      QVERIFY(drawn_after(*panel.view(), frames));
      for (const FieldMode mode : {FieldMode::image, FieldMode::surface}) {
        panel.set_mode(mode);
        QTest::qWait(60);
        screenshot(panel,
                   QStringLiteral("fields_%1_%2")
                       .arg(mode == FieldMode::image ? QStringLiteral("image") : QStringLiteral("warped"),
                            theme_name(theme)));
      }
    }
    for (std::size_t a = 0; a < 4; ++a)
      for (std::size_t b = 0; b < a; ++b)
        QVERIFY(!panel.view()->tile_rect(a).intersects(panel.view()->tile_rect(b)));
  }

  void stays_usable_when_small_or_wide() {
    FieldPanel panel;
    prepare(panel, darcy_like({64, 64}), {360, 320});
    screenshot(panel, QStringLiteral("fields_small"));
    panel.resize(1280, 330);
    QTest::qWait(80);
    // Wide and low: all four in one row.
    QCOMPARE(panel.view()->tile_rect(3).top(), panel.view()->tile_rect(0).top());
    screenshot(panel, QStringLiteral("fields_wide"));
    for (std::size_t tile = 0; tile < 4; ++tile)
      QVERIFY(panel.view()->rect().contains(panel.view()->tile_rect(tile)));
  }
};

QTEST_MAIN(FieldPanelTest)
#include "field_panel_test.moc"
