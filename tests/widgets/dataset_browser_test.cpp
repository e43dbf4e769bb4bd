#include "widgets/dataset_browser.h"

#include "core/experiment/generated_source.h"
#include "core/experiment/schema.h"
#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/field_view.h"
#include "widgets/schema_form.h"
#include "widgets/source_text.h"
#include "widgets/theme.h"

#include <QClipboard>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTableWidget>
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
  explicit Samples(std::vector<int> shape = {32, 32}, int outputs = 1)
      : shape_(std::move(shape)), outputs_(outputs) {}
  int sets() const override { return 3; }
  std::string set_name(int set) const override {
    return set == 0 ? "training" : "test " + std::to_string(32 * set);
  }
  int samples(int set) const override { return set == 0 ? 512 : set == 1 ? 64 : 0; }
  Field input(int, int, int) const override { return darcy_like(shape_).input; }
  Field output(int, int sample, int channel) const override {
    Field field = darcy_like(shape_).truth;
    for (float& value : field.values) value += static_cast<float>(sample + 1000 * channel);
    return field;
  }
  std::vector<ChannelName> input_channels() const override { return {{input_name(), ""}}; }
  std::vector<ChannelName> output_channels() const override {
    if (outputs_ == 1) return {{output_name(), ""}};
    std::vector<ChannelName> names;
    for (int k = 0; k < outputs_; ++k) {
      const std::string time = "t = 0." + std::to_string(k + 1);
      names.push_back({output_name() + ", " + time, time});
    }
    return names;
  }
  std::vector<ChannelStatistics> statistics() const override {
    std::vector<ChannelStatistics> rows = {{input_name(), input_unit(), 3.0, 12.0, 7.5, 4.5}};
    for (const ChannelName& name : output_channels())
      rows.push_back({name.title, output_unit(), -1.0 / 3.0, 511.0, 255.5, 147.8});
    return rows;
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
  int outputs_;
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

SchemaForm& fields(const DatasetBrowser& browser) {
  return *browser.findChild<SchemaForm*>();
}

// The sentence beneath a field, if both are seen.
QString problem(const DatasetBrowser& browser, const char* path) {
  return fields(browser).editor(path)->isVisible() ? fields(browser).problem(path) : QString();
}

void type_in(const DatasetBrowser& browser, const char* path, const QString& text) {
  type(fields(browser).editor(path), text);
}

// With the arrow keys, as a person would.
void choose(QComboBox* box, const QString& entry) {
  box->setFocus();
  QTest::keyClick(box, Qt::Key_Home);
  for (int k = 0; k < box->count() && box->currentText() != entry; ++k) QTest::keyClick(box, Qt::Key_Down);
  QCOMPARE(box->currentText(), entry);
}

void choose_in(const DatasetBrowser& browser, const char* path, const QString& entry) {
  choose(qobject_cast<QComboBox*>(fields(browser).editor(path)), entry);
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
    type_in(browser, "dataset.resolution", QStringLiteral("32"));
    type_in(browser, "dataset.samples", QStringLiteral("100"));
    type_in(browser, "dataset.test_resolutions", QStringLiteral("32, 48"));
    type_in(browser, "dataset.seed", QStringLiteral("18446744073709551615"));
    QVERIFY(browser.valid());
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

  void every_source_shows_its_fields_and_no_others() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {300, 760}));
    auto* equation = browser.findChild<QLabel*>(QStringLiteral("equation"));
    for (const GeneratedSource& source : generated_sources()) {
      choose_in(browser, "dataset.source", QString::fromStdString(source.title));
      const auto shown = [&](const char* path) { return fields(browser).editor(path)->isVisible(); };
      QVERIFY2(browser.valid(), source.name.c_str());
      QCOMPARE(browser.spec().source, source.name);
      QCOMPARE(shown("dataset.viscosity"), source.viscosity.has_value());
      QCOMPARE(shown("dataset.time"), source.time.has_value());
      QCOMPARE(shown("dataset.frames"), source.most_frames > 1);
      QCOMPARE(shown("dataset.forcing"), source.forcing);
      QCOMPARE(shown("dataset.boundary"), source.boundary);
      QCOMPARE(shown("dataset.coefficient"), source.coefficient);
      QVERIFY(!shown("dataset.train") && !shown("dataset.map"));
      QVERIFY2(!equation_of(source.name).isEmpty(), source.name.c_str());
      QVERIFY(equation->isVisible() && equation->text().startsWith(equation_of(source.name)));
      QVERIFY(equation->text().contains(QStringLiteral("Grid: ")));
      screenshot(browser, QStringLiteral("dataset_form_") + QString::fromStdString(source.name));
    }
    QVERIFY2(equation->text().contains(QStringLiteral("64 × 128")), qPrintable(equation->text()));
    apply_theme(*qApp, Theme::dark);
    screenshot(browser, QStringLiteral("dataset_form_dark"));
  }

  // What one source takes is kept while another is looked at, but never handed on to one that takes it not.
  void parameters_stay_with_their_source() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {300, 760}));
    choose_in(browser, "dataset.source", QStringLiteral("Navier–Stokes"));
    auto* viscosity = qobject_cast<QLineEdit*>(fields(browser).editor("dataset.viscosity"));
    QCOMPARE(viscosity->text(), QString());
    QVERIFY(viscosity->placeholderText().startsWith(QStringLiteral("0.001")));
    QVERIFY2(viscosity->toolTip().contains(QStringLiteral("1e-06 to 1")), qPrintable(viscosity->toolTip()));
    type_in(browser, "dataset.viscosity", QStringLiteral("1e-4"));
    type_in(browser, "dataset.time", QStringLiteral("20"));
    type_in(browser, "dataset.frames", QStringLiteral("10"));
    choose_in(browser, "dataset.forcing", QStringLiteral("kolmogorov"));
    const DatasetSpec flow = browser.spec();
    QCOMPARE(flow.viscosity, 1e-4);
    QCOMPARE(flow.time, 20.0);
    QCOMPARE(flow.frames, 10);
    QCOMPARE(flow.forcing, std::string("kolmogorov"));
    choose_in(browser, "dataset.source", QStringLiteral("Poisson's equation"));
    QVERIFY(browser.valid());
    const DatasetSpec poisson = browser.spec(), usual;
    QCOMPARE(poisson.viscosity, usual.viscosity);
    QCOMPARE(poisson.frames, usual.frames);
    QCOMPARE(poisson.forcing, usual.forcing);
    choose_in(browser, "dataset.source", QStringLiteral("Navier–Stokes"));
    QCOMPARE(browser.spec(), flow);
    type_in(browser, "dataset.frames", QStringLiteral("300"));
    QVERIFY2(problem(browser, "dataset.frames").contains(QStringLiteral("256")),
             qPrintable(problem(browser, "dataset.frames")));
    type_in(browser, "dataset.viscosity", QStringLiteral("2"));
    QVERIFY(problem(browser, "dataset.viscosity").contains(QStringLiteral("out of range")));
    QVERIFY(!browser.valid());
    screenshot(browser, QStringLiteral("dataset_form_problems"));
    // A wrong value of a field that is away stands in nobody's way.
    choose_in(browser, "dataset.source", QStringLiteral("Darcy flow"));
    QVERIFY(browser.valid());
    choose_in(browser, "dataset.source", QStringLiteral("Navier–Stokes"));
    QVERIFY(!browser.valid());
    type_in(browser, "dataset.frames", QStringLiteral("1"));
    fields(browser).editor("dataset.viscosity")->setFocus();
    QTest::keySequence(viscosity, QKeySequence::SelectAll);
    QTest::keyClick(viscosity, Qt::Key_Delete);
    QVERIFY(browser.valid());
    QCOMPARE(browser.spec().viscosity, 0.0);
  }

  void the_grid_follows_what_is_typed() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {300, 760}));
    auto* equation = browser.findChild<QLabel*>(QStringLiteral("equation"));
    choose_in(browser, "dataset.source", QStringLiteral("Burgers' equation"));
    QVERIFY(equation->text().contains(QStringLiteral("Grid: 64 (points along x)")));
    type_in(browser, "dataset.frames", QStringLiteral("20"));
    QVERIFY2(equation->text().contains(QStringLiteral("20 × 64 (times × points along x)")),
             qPrintable(equation->text()));
    choose_in(browser, "dataset.source", QStringLiteral("Shallow water on the sphere"));
    type_in(browser, "dataset.resolution", QStringLiteral("32"));
    QVERIFY(equation->text().contains(QStringLiteral("32 × 64 (latitudes × longitudes)")));
  }

  void normalizers_are_those_of_the_schema() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {300, 760}));
    for (const char* path : {"dataset.input_normalizer", "dataset.output_normalizer"}) {
      auto* box = qobject_cast<QComboBox*>(fields(browser).editor(path));
      QStringList offered, wanted;
      for (int k = 0; k < box->count(); ++k) offered << box->itemText(k);
      for (const std::string& choice : find_field(path)->choices) wanted << QString::fromStdString(choice);
      QCOMPARE(offered, wanted);
      QVERIFY(box->isVisible());
    }
    choose_in(browser, "dataset.input_normalizer", QStringLiteral("per-channel"));
    QCOMPARE(browser.spec().input_normalizer, std::string("per-channel"));
  }

  void the_wheel_changes_only_what_has_the_focus() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    auto* source = qobject_cast<QComboBox*>(fields(browser).editor("dataset.source"));
    const auto turn = [](QWidget* widget) {
      const QPoint at = widget->rect().center();
      QWheelEvent wheel(at, widget->mapToGlobal(at), {}, {0, -120}, Qt::NoButton, Qt::NoModifier,
                        Qt::NoScrollPhase, false);
      QApplication::sendEvent(widget, &wheel);
    };
    fields(browser).editor("dataset.samples")->setFocus();
    turn(source);
    QCOMPARE(source->currentIndex(), 0);
    source->setFocus();
    turn(source);
    QCOMPARE(source->currentIndex(), 1);
  }

  void what_is_wrong_is_said_while_typing() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    type_in(browser, "dataset.samples", QStringLiteral("0"));
    QVERIFY2(problem(browser, "dataset.samples").contains(QStringLiteral("less than 2")),
             qPrintable(problem(browser, "dataset.samples")));
    QVERIFY(fields(browser).editor("dataset.samples")->property("problem").toBool());
    QVERIFY(!browser.valid());
    QVERIFY(!load->isEnabled());
    screenshot(browser, QStringLiteral("dataset_number_problem"));
    apply_theme(*qApp, Theme::dark);
    screenshot(browser, QStringLiteral("dataset_number_problem_dark"));
    apply_theme(*qApp, Theme::light);
    type_in(browser, "dataset.samples", QStringLiteral("64"));
    QVERIFY(browser.valid());
    QVERIFY(load->isEnabled());

    type_in(browser, "dataset.test_resolutions", QStringLiteral("64, big"));
    QVERIFY(problem(browser, "dataset.test_resolutions").contains(QStringLiteral("big")));
    type_in(browser, "dataset.test_resolutions", QStringLiteral("64, 64"));
    QVERIFY(problem(browser, "dataset.test_resolutions").contains(QStringLiteral("twice")));
    type_in(browser, "dataset.test_resolutions", QStringLiteral("64"));
    for (const char* wrong : {"-1", "1.5", "18446744073709551616"}) {
      type_in(browser, "dataset.seed", QString::fromLatin1(wrong));
      QVERIFY2(problem(browser, "dataset.seed").contains(QString::fromLatin1(wrong)), wrong);
    }
    type_in(browser, "dataset.seed", QStringLiteral("7"));
    QVERIFY(browser.valid());
  }

  void a_file_is_looked_for_while_typing() {
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("train.pt")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy asked(&browser, &DatasetBrowser::request_load);
    choose_in(browser, "dataset.source", QStringLiteral("Open files"));
    QVERIFY(!browser.valid());
    QVERIFY(!browser.findChild<QLabel*>(QStringLiteral("equation"))->isVisible());
    QVERIFY(!fields(browser).editor("dataset.resolution")->isVisible());
    type_in(browser, "dataset.train", folder.path());
    QVERIFY(problem(browser, "dataset.train").contains(QStringLiteral("folder")));
    type_in(browser, "dataset.train", folder.filePath(QStringLiteral("other.pt")));
    QVERIFY(problem(browser, "dataset.train").contains(QStringLiteral("no file")));
    type_in(browser, "dataset.train", file.fileName());
    QVERIFY(browser.valid());
    type_in(browser, "dataset.test", file.fileName() + QStringLiteral("; ") + file.fileName());
    type_in(browser, "dataset.map", QStringLiteral("x=coeff,z=sol"));
    QVERIFY(!problem(browser, "dataset.map").isEmpty());
    type_in(browser, "dataset.map", QStringLiteral("x=coeff,y=sol"));
    QCOMPARE(problem(browser, "dataset.map"), QString());
    auto* load = browser.findChild<QPushButton*>(QStringLiteral("load"));
    QCOMPARE(load->text(), QStringLiteral("Open"));
    screenshot(browser, QStringLiteral("dataset_file"));
    QTest::mouseClick(load, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    const auto spec = asked.front().front().value<DatasetSpec>();
    QCOMPARE(spec.source, std::string("file"));
    QCOMPARE(spec.train, file.fileName().toStdString());
    QCOMPARE(spec.test.size(), std::size_t{2});
    QCOMPARE(spec.map, std::string("x=coeff,y=sol"));
    // A file is taken whole; the generator goes on with its own numbers.
    QCOMPARE(spec.samples, 0);
    choose_in(browser, "dataset.source", QStringLiteral("Darcy flow"));
    QCOMPARE(browser.spec().samples, DatasetSpec{}.samples);
    QVERIFY(browser.spec().train.empty() && browser.spec().map.empty());
    choose_in(browser, "dataset.source", QStringLiteral("Open files"));
    QCOMPARE(browser.spec(), spec);
  }

  void dropped_files_are_opened() {
    QTemporaryDir folder;
    QList<QUrl> urls;
    for (const char* name : {"flow_test.h5", "flow_train.h5", "notes.txt"}) {
      QFile file(folder.filePath(QString::fromLatin1(name)));
      QVERIFY(file.open(QIODevice::WriteOnly));
      urls << QUrl::fromLocalFile(file.fileName());
    }
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 760}));
    QSignalSpy asked(&browser, &DatasetBrowser::request_load);
    const auto drop = [&browser](const QList<QUrl>& dragged) {
      QMimeData data;
      data.setUrls(dragged);
      const QPoint at = browser.rect().center();
      QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
      enter.ignore();
      QApplication::sendEvent(&browser, &enter);
      if (!enter.isAccepted()) return false;
      QDropEvent event(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
      QApplication::sendEvent(&browser, &event);
      return event.isAccepted();
    };
    QVERIFY(!drop({urls[2]}));
    QVERIFY(drop(urls));
    QCOMPARE(asked.count(), 1);
    const auto spec = asked.front().front().value<DatasetSpec>();
    QCOMPARE(spec.source, std::string("file"));
    QCOMPARE(spec.train, folder.filePath(QStringLiteral("flow_train.h5")).toStdString());
    QCOMPARE(spec.test,
             std::vector<std::string>{folder.filePath(QStringLiteral("flow_test.h5")).toStdString()});
    QCOMPARE(spec.samples, 0);
    browser.set_progress(0.5, QStringLiteral("Reading"));
    QVERIFY(!drop({urls[0]}));
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

  void channels_are_chosen_with_mouse_wheel_and_keys() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {1280, 800}));
    browser.set_provider(std::make_shared<Samples>());
    QVERIFY(!named<QSlider>(browser, QStringLiteral("Output channel")));
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{32, 32}, 4));
    QVERIFY(!named<QSlider>(browser, QStringLiteral("Input channel")));
    auto* slider = named<QSlider>(browser, QStringLiteral("Output channel"));
    QVERIFY(slider);
    auto* chooser = qobject_cast<SampleChannel*>(slider->parentWidget());
    auto* view = browser.findChild<FieldView*>();
    const float first = view->tiles()[1].field.values[0];
    QCOMPARE(chooser->text(), QStringLiteral("t = 0.1 (1 of 4)"));
    QCOMPARE(view->tiles()[1].title, QStringLiteral("Output: pressure u, t = 0.1"));

    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(view->tiles()[1].field.values[0], first + 1000.0F);
    QCOMPARE(view->tiles()[1].title, QStringLiteral("Output: pressure u, t = 0.2"));
    const QPoint at = slider->rect().center();
    QWheelEvent wheel(at, slider->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(slider, &wheel);
    QVERIFY(chooser->channel() > 1);
    QTest::keyClick(slider, Qt::Key_End);
    QCOMPARE(chooser->text(), QStringLiteral("t = 0.4 (4 of 4)"));
    QTest::mouseClick(slider, Qt::LeftButton, Qt::NoModifier, {2, slider->height() / 2});
    QCOMPARE(chooser->channel(), 2);

    // Over the picture.
    view->setFocus();
    QTest::keyClick(view, Qt::Key_Comma);
    QCOMPARE(chooser->channel(), 1);
    QTest::keyClick(view, Qt::Key_Period);
    QTest::keyClick(view, Qt::Key_Period);
    QTest::keyClick(view, Qt::Key_Period);
    QCOMPARE(chooser->channel(), 3);
    QTest::keyClick(view, Qt::Key_PageDown);
    QTest::keyClick(view, Qt::Key_PageDown);
    QTest::keyClick(view, Qt::Key_PageUp);
    QCOMPARE(view->tiles()[1].field.values[0], first + 3001.0F);
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      QTest::qWait(100);
      screenshot(browser, QStringLiteral("dataset_channels_") + theme_name(theme));
    }
    // The choice outlasts other data with as many channels.
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{32, 32}, 4));
    QCOMPARE(chooser->channel(), 3);
    browser.set_provider(std::make_shared<Samples>());
    QVERIFY(!slider->isVisible());
    QCOMPARE(view->tiles()[1].field.values[0], first + 1.0F);  // of the same sample
  }

  void statistics_are_selected_and_copied() {
    DatasetBrowser browser;
    QVERIFY(show_window(browser, {420, 780}));
    auto* table = browser.findChild<QTableWidget*>();
    QVERIFY(!table->isVisible());
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{32, 32}, 4));
    QVERIFY(table->isVisible());
    QCOMPARE(table->rowCount(), 5);
    QCOMPARE(table->item(1, 0)->text(), QStringLiteral("pressure u, t = 0.1 [Pa]"));
    table->setFocus();
    QTest::keySequence(table, QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text().split(QLatin1Char('\n')).size(), 7);  // header, 5, the end
    QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::NoModifier,
                      table->visualItemRect(table->item(1, 2)).center());
    QTest::keySequence(table, QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text(),
             QStringLiteral("channel\tmin\tmax\tmean\tstd\n"
                            "pressure u, t = 0.1 [Pa]\t-0.3333333333333333\t511\t255.5\t147.8\n"));
    QTest::keyClick(table, Qt::Key_Down, Qt::ShiftModifier);
    QTest::keySequence(table, QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text().split(QLatin1Char('\n')).size(), 4);
    screenshot(browser, QStringLiteral("dataset_statistics"));
    // Many channels scroll in a table that is no taller than for a few.
    const int height = table->height();
    browser.set_provider(std::make_shared<Samples>(std::vector<int>{32, 32}, 9));
    QVERIFY(table->height() < 2 * height);
    browser.set_provider(nullptr);
    QVERIFY(!table->isVisible());
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
