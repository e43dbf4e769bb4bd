#include "widgets/theme.h"

#include "widgets/colormap.h"

#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace halfwave::widgets;

namespace {

double linear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& c) {
  return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

// WCAG 2.1's contrast ratio.
double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

class ThemeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everything_is_readable_data() {
    QTest::addColumn<int>("theme");
    QTest::newRow("light") << static_cast<int>(Theme::light);
    QTest::newRow("dark") << static_cast<int>(Theme::dark);
  }
  void everything_is_readable() {
    QFETCH(int, theme);
    apply_theme(*qApp, static_cast<Theme>(theme));
    const ThemeColours& c = theme_colours();
    // WCAG AA asks for 4.5:1 for text and 3:1 for graphics.
    for (const QColor& text : {c.text, c.muted_text, c.bad, c.good, c.warning})
      for (const QColor& ground : {c.window, c.panel})
        QVERIFY2(
            contrast(text, ground) >= 4.5,
            qPrintable(
                QStringLiteral("%1 on %2: %3").arg(text.name(), ground.name()).arg(contrast(text, ground))));
    QVERIFY(contrast(c.plot_text, c.plot_background) >= 4.5);
    QVERIFY(contrast(c.plot_axis, c.plot_background) >= 3.0);
    for (const QColor& series : series_colours())
      QVERIFY2(
          contrast(series, c.plot_background) >= 3.0,
          qPrintable(QStringLiteral("%1: %2").arg(series.name()).arg(contrast(series, c.plot_background))));
    QVERIFY(contrast(qApp->palette().color(QPalette::HighlightedText),
                     qApp->palette().color(QPalette::Highlight)) >= 4.5);
    QCOMPARE(qApp->palette().color(QPalette::Window), c.window);
  }

  void a_change_is_told_after_it_happened() {
    apply_theme(*qApp, Theme::light);
    QSignalSpy changed(&theme_notifier(), &ThemeNotifier::changed);
    bool dark_when_told = false;
    const auto connection = connect(&theme_notifier(), &ThemeNotifier::changed, this,
                                    [&] { dark_when_told = theme_colours().dark; });
    apply_theme(*qApp, Theme::dark);
    disconnect(connection);
    QCOMPARE(changed.count(), 1);
    QVERIFY(dark_when_told);
    QCOMPARE(current_theme(), Theme::dark);
  }

  void names_round_trip() {
    for (const Theme theme : {Theme::light, Theme::dark, Theme::system})
      QCOMPARE(theme_from_name(theme_name(theme)), theme);
    QCOMPARE(theme_from_name(QStringLiteral("sepia")), Theme::system);
  }

  void series_differ_and_go_round() {
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      const auto& colours = series_colours();
      QVERIFY(colours.size() >= 8);
      for (std::size_t a = 0; a < colours.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) QVERIFY(colours[a] != colours[b]);
      QCOMPARE(series_colour(colours.size() + 1), colours[1]);
    }
  }

  void problems_are_marked_and_cleared() {
    QLineEdit field;
    field.setToolTip(QStringLiteral("What it is."));
    mark_problem(field, QStringLiteral("0 is too small"));
    QCOMPARE(field.toolTip(), QStringLiteral("0 is too small"));
    QVERIFY(field.property("problem").toBool());
    mark_problem(field, {});
    QCOMPARE(field.toolTip(), QStringLiteral("What it is."));
    QVERIFY(!field.property("problem").toBool());
  }
};

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
