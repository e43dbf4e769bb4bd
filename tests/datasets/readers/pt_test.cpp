#include "datasets/readers/pt.h"

#include "core/error.h"
#include "support/pt_files.h"
#include "support/shared_files.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

class PtTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const char* name = "a.pt") const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  void compare(const at::Tensor& found, const at::Tensor& expected) {
    QCOMPARE(found.sizes(), expected.sizes());
    QVERIFY(found.is_contiguous());
    QCOMPARE(found.scalar_type(), at::kFloat);
    QVERIFY(at::equal(found, expected.to(at::kFloat)));
  }

 private Q_SLOTS:
  void reads_x_and_y() {
    const auto x = at::randn({5, 4, 3}), y = at::randn({5, 4, 3});
    pt_files::write_dict(file(), {{"x", x},
                                  {"y", y},
                                  {"note", "hello"},
                                  {"number", 3},
                                  {"list", at::IValue(std::vector<std::int64_t>{1, 2})}});
    const Dataset dataset = read_pt(file());
    compare(dataset.x, x.unsqueeze(1));
    compare(dataset.y, y.unsqueeze(1));
    QCOMPARE(dataset.name, std::string("a.pt"));
    QCOMPARE(dataset.samples(), 5);
    QCOMPARE(dataset.grid(), (std::vector<std::int64_t>{4, 3}));
    QVERIFY(dataset.provenance.at(0).find("a.pt") != std::string::npos);
  }

  void honours_strides_and_offsets() {
    const auto base = at::randn({7, 6, 9});
    const auto x = base.permute({2, 0, 1}).narrow(0, 2, 5);  // sample axis fastest, offset 2
    const auto y = base.slice(1, 0, 6, 2).select(0, 3).unsqueeze(0).expand({5, 3, 9});  // step 2, stride 0
    pt_files::write_dict(file(), {{"x", x}, {"y", y.transpose(1, 2)}});
    QVERIFY_EXCEPTION_THROWN(read_pt(file()), RequestError);  // grids 7×6 and 9×3
    pt_files::write_dict(file(), {{"x", x}, {"y", x.flip(2).transpose(1, 2).contiguous().transpose(1, 2)}});
    const Dataset dataset = read_pt(file());
    compare(dataset.x, x.unsqueeze(1).contiguous());
    compare(dataset.y, x.flip(2).unsqueeze(1).contiguous());
    pt_files::write_dict(file(), {{"x", y}, {"y", y}});
    compare(read_pt(file()).x, y.unsqueeze(1).contiguous());
  }

  void reads_every_real_type_data() {
    QTest::addColumn<int>("type");
    for (auto type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kBool, at::kByte, at::kChar,
                      at::kShort, at::kInt, at::kLong})
      QTest::newRow(c10::toString(type)) << static_cast<int>(type);
  }

  void reads_every_real_type() {
    QFETCH(int, type);
    const auto scalar = static_cast<at::ScalarType>(type);
    const auto x = at::arange(24).remainder(7).reshape({2, 3, 4}).to(scalar).transpose(1, 2);
    pt_files::write_dict(file(), {{"x", x}, {"y", x}});
    compare(read_pt(file()).x, x.unsqueeze(1).to(at::kFloat).contiguous());
  }

  void shapes_data() {
    QTest::addColumn<std::vector<std::int64_t>>("x");
    QTest::addColumn<std::vector<std::int64_t>>("y");
    QTest::addColumn<int>("dimension");
    QTest::addColumn<std::vector<std::int64_t>>("x_read");
    QTest::addColumn<std::vector<std::int64_t>>("y_read");
    using S = std::vector<std::int64_t>;
    QTest::newRow("1D") << S{4, 8} << S{4, 8} << 0 << S{4, 1, 8} << S{4, 1, 8};
    QTest::newRow("1D with channels") << S{4, 2, 8} << S{4, 3, 8} << 1 << S{4, 2, 8} << S{4, 3, 8};
    QTest::newRow("1D, x with channels") << S{4, 2, 8} << S{4, 8} << 1 << S{4, 2, 8} << S{4, 1, 8};
    QTest::newRow("2D") << S{4, 8, 6} << S{4, 8, 6} << 0 << S{4, 1, 8, 6} << S{4, 1, 8, 6};
    QTest::newRow("2D with channels")
        << S{4, 2, 8, 6} << S{4, 3, 8, 6} << 0 << S{4, 2, 8, 6} << S{4, 3, 8, 6};
    QTest::newRow("2D, y with channels")
        << S{4, 8, 6} << S{4, 3, 8, 6} << 0 << S{4, 1, 8, 6} << S{4, 3, 8, 6};
    QTest::newRow("3D") << S{2, 3, 4, 5} << S{2, 3, 4, 5} << 3 << S{2, 1, 3, 4, 5} << S{2, 1, 3, 4, 5};
    QTest::newRow("3D with channels")
        << S{2, 2, 3, 4, 5} << S{2, 1, 3, 4, 5} << 0 << S{2, 2, 3, 4, 5} << S{2, 1, 3, 4, 5};
  }

  void shapes() {
    QFETCH(std::vector<std::int64_t>, x);
    QFETCH(std::vector<std::int64_t>, y);
    QFETCH(int, dimension);
    QFETCH(std::vector<std::int64_t>, x_read);
    QFETCH(std::vector<std::int64_t>, y_read);
    const auto a = at::randn(x), b = at::randn(y);
    pt_files::write_dict(file(), {{"x", a}, {"y", b}});
    const Dataset dataset = read_pt(file(), dimension);
    compare(dataset.x, a.reshape(x_read));
    compare(dataset.y, b.reshape(y_read));
  }

  void one_sample_can_be_read() {
    pt_files::write_dict(file(), {{"x", at::ones({1, 4, 4})}, {"y", at::ones({1, 4, 4})}});
    QCOMPARE(read_pt(file()).samples(), 1);
  }

  // What a person's file may hold beside x and y: an OrderedDict, a parameter, newer pickle protocols.
  void reads_protocol_4_and_ordered_dicts() {
    const std::string storage =
        "(\x8c\x07storage\x8c\x05torch\x8c\x0c"
        "FloatStorage\x93\x8c\x01"
        "0\x8c\x03"
        "cpuK\x04tQ";
    const std::string tensor = "\x8c\x0ctorch._utils\x8c\x12_rebuild_tensor_v2\x93(" + storage +
                               std::string("K\0", 2) +
                               "K\x02K\x02\x86K\x02K\x01\x86\x89\x8c\x0b"
                               "collections\x8c\x0bOrderedDict\x93)RtR";
    const std::string parameter = "ctorch._utils\n_rebuild_parameter\n(" + tensor +
                                  "\x94\x88"
                                  "ccollections\nOrderedDict\n)RtR";
    std::string pickle = "\x80\x04\x95";
    pickle += std::string(8, '\0');
    pickle += "ccollections\nOrderedDict\n)R(\x8c\x01x" + parameter + "\x8c\x01yh" + std::string(1, '\0') +
              "\x8c\x01zG\x3f\xf0";
    pickle += std::string(6, '\0') + "u}(\x8c\x09_metadataNub.";
    const float values[] = {1, 2, 3, 4};
    pt_files::write_archive(file(),
                            {{"data.pkl", pickle}, {"data/0", {reinterpret_cast<const char*>(values), 16}}});
    const Dataset dataset = read_pt(file());
    compare(dataset.x, at::tensor({1.f, 2.f, 3.f, 4.f}).reshape({2, 1, 2}));
    compare(dataset.y, dataset.x);
  }

  void reads_the_shared_darcy_files_as_libtorch_does_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("samples");
    QTest::addColumn<int>("size");
    QTest::newRow("train 16") << "darcy_train_16.pt" << 1000 << 16;
    QTest::newRow("test 16") << "darcy_test_16.pt" << 50 << 16;
    QTest::newRow("test 32") << "darcy_test_32.pt" << 50 << 32;
  }

  void reads_the_shared_darcy_files_as_libtorch_does() {
    QFETCH(QString, name);
    QFETCH(int, samples);
    QFETCH(int, size);
    const std::filesystem::path path = test::shared_folder() / "data" / name.toStdString();
    if (test::shared_folder().empty()) QSKIP("The shared data folder is not there.");
    const Dataset dataset = read_pt(path);
    const std::string bytes = pt_files::read_bytes(path);
    const auto reference = torch::jit::pickle_load({bytes.begin(), bytes.end()}).toGenericDict();
    const auto x = reference.at("x").toTensor(), y = reference.at("y").toTensor();
    QCOMPARE(x.sizes(), (at::IntArrayRef{samples, size, size}));
    QVERIFY(!x.is_contiguous());
    compare(dataset.x, x.to(at::kFloat).unsqueeze(1).contiguous());
    compare(dataset.y, y.unsqueeze(1).contiguous());
  }
};

QTEST_GUILESS_MAIN(PtTest)
#include "pt_test.moc"
