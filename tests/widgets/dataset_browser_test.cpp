#include "widgets/dataset_browser.h"

#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/field_view.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::darcy_like;
using halfwave::test::screenshot;
using halfwave::test::show_window;
using halfwave::test::wait_for;

namespace {

// Three sets of different sizes on different grids; a sample's number is added to its output.
class Samples : public SampleProvider {
 public:
  explicit Samples(std::vector<int> shape = {32, 32}) : shape_(std::move(shape)) {}
  int sets() const override { return 3; }
  std::string set_name(int set) const override {
    return set == 0 ? "training" : "test " + std::to_string(32 * set);
  }
  int samples(int set) const override { return set == 0 ? 512 : set == 1 ? 64 : 0; }
  Field input(int, int) const override { return darcy_like(shape_).input; }
  Field output(int, int sample) const override {
    Field field = darcy_like(shape_).truth;
    for (float& value : field.values) value += static_cast<float>(sample);
    return field;
  }
  std::string input_name() const override { return "coefficient a"; }
  std::string input_unit() const override { return ""; }
  std::string output_name() const override { return "pressure u"; }
  std::string output_unit() const override { return "Pa"; }
  std::vector<std::pair<std::string, std::string>> summary(int set) const override {
    return {{"samples", std::to_string(samples(set))},
            {"grid", "32 × 32"},
            {"source", "Darcy flow, finite volumes, seed 0, kept in the cache folder"}};
  }

 private:
  std::vector<int> shape_;
};

template <typename Widget>
Widget* named(const QWidget& parent, const QString& accessible_name, bool visible = true) {
  for (Widget* widget : parent.findChildren<Widget*>())
    if (widget->accessibleName() == accessible_name && widget->isVisible() == visible) return widget;
  return nullptr;
}

void type(QWidget* field, const QString& text) {
  field->setFocus();
  QTest::keySequence(field, QKeySequence::SelectAll);
  QTest::keyClicks(field, text);
}

QString problem(const DatasetBrowser& browser) {
  auto* label = browser.findChild<QLabel*>(QStringLiteral("form_problem"));
  return label->isVisible() ? label->text() : QString();
}

}  // namespace

class DatasetBrowserTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void asks_for_what_is_typed() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy asked(&browser, &DatasetBrowser::request_load);
    QSignalSpy changed(&browser, &DatasetBrowser::spec_changed);
    type(named<QSpinBox>(browser, QStringLiteral("Resolution")), QStringLiteral("32"));
    type(named<QSpinBox>(browser, QStringLiteral("Training samples")), QStringLiteral("100"));
    type(named<QLineEdit>(browser, QStringLiteral("Test resolutions")), QStringLiteral("32, 48"));
    type(named<QLineEdit>(browser, QStringLiteral("Seed")), QStringLiteral("18446744073709551615"));
    QCOMPARE(problem(browser), QString());
    QVERIFY(changed.count() >= 4);
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    QCOMPARE(load->text(), QStringLiteral("Generate"));
    QTest::mouseClick(load, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    const auto spec = asked.front().front().value<DatasetSpec>();
    QCOMPARE(spec.source, std::string("darcy"));
    QCOMPARE(spec.resolution, 32);
    QCOMPARE(spec.samples, 100);
    QCOMPARE(spec.test_resolutions, (std::vector<int>{32, 48}));
    QCOMPARE(spec.seed, 18446744073709551615ULL);
  }

  void the_wheel_changes_only_what_has_the_focus() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    auto* resolution = named<QSpinBox>(browser, QStringLiteral("Resolution"));
    auto* samples = named<QSpinBox>(browser, QStringLiteral("Training samples"));
    const auto turn = [](QWidget* widget) {
      const QPoint at = widget->rect().center();
      QWheelEvent wheel(at, widget->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                        Qt::NoScrollPhase, false);
      QApplication::sendEvent(widget, &wheel);
    };
    samples->setFocus();
    turn(resolution);
    QCOMPARE(resolution->value(), 64);
    turn(samples);
    QCOMPARE(samples->value(), 513);
  }

  void what_is_wrong_is_said_while_typing() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    auto* samples = named<QSpinBox>(browser, QStringLiteral("Training samples"));
    type(samples, QStringLiteral("0"));
    QVERIFY2(problem(browser).startsWith(QStringLiteral("Training samples: ")), qPrintable(problem(browser)));
    QVERIFY(samples->property("problem").toBool());
    QVERIFY(!browser.valid());
    QVERIFY(!load->isEnabled());
    screenshot(browser, QStringLiteral("dataset_number_problem"));
    apply_theme(*qApp, Theme::dark);
    screenshot(browser, QStringLiteral("dataset_number_problem_dark"));
    apply_theme(*qApp, Theme::light);
    type(samples, QStringLiteral("64"));
    QVERIFY(browser.valid());
    QVERIFY(load->isEnabled());

    auto* resolutions = named<QLineEdit>(browser, QStringLiteral("Test resolutions"));
    type(resolutions, QStringLiteral("64, big"));
    QVERIFY(problem(browser).contains(QStringLiteral("big")));
    screenshot(browser, QStringLiteral("dataset_problem"));
    type(resolutions, QStringLiteral("64, 64"));
    QVERIFY(problem(browser).contains(QStringLiteral("twice")));
    type(resolutions, QStringLiteral("64"));
    auto* seed = named<QLineEdit>(browser, QStringLiteral("Seed"));
    for (const char* wrong : {"-1", "1.5", "18446744073709551616"}) {
      type(seed, QString::fromLatin1(wrong));
      QVERIFY2(problem(browser).contains(QString::fromLatin1(wrong)), wrong);
    }
    type(seed, QStringLiteral("7"));
    QCOMPARE(problem(browser), QString());
  }

  void a_file_is_looked_for_while_typing() {
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("train.pt")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy asked(&browser, &DatasetBrowser::request_load);
    auto* source = named<QComboBox>(browser, QStringLiteral("Source"));
    source->setFocus();
    QTest::keyClick(source, Qt::Key_Down);
    QVERIFY(!browser.valid());
    auto* train = named<QLineEdit>(browser, QStringLiteral("Training file"));
    QVERIFY(train);
    type(train, folder.path());
    QVERIFY(problem(browser).contains(QStringLiteral("folder")));
    type(train, folder.filePath(QStringLiteral("other.pt")));
    QVERIFY(problem(browser).contains(QStringLiteral("no file")));
    type(train, file.fileName());
    QCOMPARE(problem(browser), QString());
    type(named<QLineEdit>(browser, QStringLiteral("Test files")),
         file.fileName() + QStringLiteral("; ") + file.fileName());
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    QCOMPARE(load->text(), QStringLiteral("Open"));
    screenshot(browser, QStringLiteral("dataset_file"));
    QTest::mouseClick(load, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    const auto spec = asked.front().front().value<DatasetSpec>();
    QCOMPARE(spec.source, std::string("file"));
    QCOMPARE(spec.train, file.fileName().toStdString());
    QCOMPARE(spec.test.size(), std::size_t{2});
  }

  void progress_cancel_and_failure() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy cancelled(&browser, &DatasetBrowser::request_cancel);
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    auto* cancel = browser.findChild<QPushButton*>(QStringLiteral("cancel"));
    QVERIFY(!cancel->isVisible());
    browser.set_progress(0.4, QStringLiteral("Solving sample 205 of 512"));
    QVERIFY(browser.loading());
    QVERIFY(cancel->isVisible());
    QVERIFY(!load->isVisible());
    screenshot(browser, QStringLiteral("dataset_progress"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    QTest::mouseClick(cancel, Qt::LeftButton);
    QCOMPARE(cancelled.count(), 1);
    browser.set_failed(QStringLiteral("The work was cancelled."));
    QVERIFY(!browser.loading());
    QVERIFY(load->isVisible() && load->isEnabled());
    QVERIFY(browser.findChild<QLabel*>(QStringLiteral("message"))->isVisible());
  }

  void samples_are_browsed_with_mouse_and_keys() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {1280, 800}));
    browser.set_provider(std::make_shared<Samples>());
    QSignalSpy shown(&browser, &DatasetBrowser::sample_shown);
    auto* view = browser.findChild<FieldView*>();
    QVERIFY(view->isVisible());
    QCOMPARE(view->tiles().size(), std::size_t{2});
    QCOMPARE(view->tiles()[1].unit, QStringLiteral("Pa"));
    const float first = view->tiles()[1].field.values[0];
    auto* index = named<QSpinBox>(browser, QStringLiteral("Index of the sample"));
    type(index, QStringLiteral("500"));
    QCOMPARE(view->tiles()[1].field.values[0], first + 500.0F);
    QCOMPARE(named<QSlider>(browser, QStringLiteral("Sample"))->value(), 500);
    auto* slider = named<QSlider>(browser, QStringLiteral("Sample"));
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Home);
    QCOMPARE(view->tiles()[1].field.values[0], first);
    QCOMPARE(shown.back().at(1).toInt(), 0);

    auto* set = named<QComboBox>(browser, QStringLiteral("Set"));
    set->setFocus();
    QTest::keyClick(set, Qt::Key_Down);
    QCOMPARE(index->maximum(), 63);
    QTest::keyClick(set, Qt::Key_Down);  // the empty set
    QVERIFY(!view->isVisible());
    browser.show_sample(1, 20);
    QVERIFY(view->isVisible());
    QCOMPARE(view->tiles()[1].field.values[0], first + 20.0F);
    browser.show_sample(1, 64);
    browser.show_sample(9, 0);
    QCOMPARE(view->tiles()[1].field.values[0], first + 20.0F);

    if (view->available()) {
      QTest::mouseMove(view, view->tile_rect(0).center());
      QVERIFY(wait_for([&] { return view->marker().has_value(); }));
      QVERIFY(browser.findChild<QLabel*>(QStringLiteral("read_out"))
                  ->text()
                  .contains(QStringLiteral("output 20.")));
      for (const Theme theme : {Theme::light, Theme::dark}) {
        apply_theme(*qApp, theme);
        QTest::qWait(100);
        screenshot(browser, QStringLiteral("dataset_wide_") + theme_name(theme));
      }
      browser.resize(420, 780);
      QTest::qWait(100);
      screenshot(browser, QStringLiteral("dataset_tall_dark"));
    }
    browser.set_provider(nullptr);
    QVERIFY(!view->isVisible());
  }

  void other_dimensions() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {900, 600}));
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{64}));
    QVERIFY(!browser.findChild<FieldView*>()->isVisible());
    screenshot(browser, QStringLiteral("dataset_lines"));
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{6, 16, 16}));
    auto* slice = named<QSlider>(browser, QStringLiteral("Slice"));
    QVERIFY(slice);
    QCOMPARE(slice->value(), 3);
    QVERIFY(browser.findChild<FieldView*>()->isVisible());
  }

  void the_form_follows_the_experiment() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy changed(&browser, &DatasetBrowser::spec_changed);
    Experiment experiment;
    experiment.dataset.resolution = 85;
    experiment.dataset.test_resolutions = {85, 141};
    experiment.dataset.seed = 5;
    experiment.dataset.input_scale = 2.5;
    experiment.dataset.output_normalizer = "none";
    browser.set_experiment(experiment);
    QCOMPARE(browser.spec(), experiment.dataset);
    QCOMPARE(changed.count(), 0);
    experiment.dataset.source = "file";
    experiment.dataset.train = "/nowhere/a.pt";
    experiment.dataset.test = {"/nowhere/b.pt", "/nowhere/c.pt"};
    experiment.dataset.samples = 0;
    browser.set_experiment(experiment);
    QCOMPARE(browser.spec(), experiment.dataset);
    QVERIFY(!browser.valid());
    QCOMPARE(changed.count(), 0);
  }
};

QTEST_MAIN(DatasetBrowserTest)
#include "dataset_browser_test.moc"
