#include "datasets/mapping.h"

#include "core/error.h"
#include "datasets/file_source.h"
#include "datasets/load.h"
#include "support/array_files.h"
#include "support/pt_files.h"
#include "support/shared_files.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;
namespace af = array_files;

class MappingTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  static std::string shape_of(const at::Tensor& values) {
    std::string text = "(";
    for (std::int64_t size : values.sizes()) text += std::to_string(size) + ",";
    return text + ")";
  }

  static std::string npy(const at::Tensor& values) {
    const at::Tensor plain = values.to(at::kFloat).contiguous();
    return af::npy("<f4", shape_of(plain),
                   {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
  }

  void write_npz(const std::string& name,
                 const std::vector<std::pair<std::string, at::Tensor>>& arrays) const {
    std::vector<af::Member> members;
    for (const auto& [key, values] : arrays) members.push_back({key + ".npy", npy(values)});
    af::write_bytes(file(name), af::zip(members));
  }

  /// As MATLAB keeps it: the first axis is the fastest.
  static af::MatArray matlab(const std::string& name, const at::Tensor& values) {
    std::vector<std::int64_t> order;
    for (std::int64_t axis = values.dim(); axis-- > 0;) order.push_back(axis);
    const at::Tensor turned = values.to(at::kDouble).permute(order).contiguous();
    std::vector<std::int32_t> dims(values.sizes().begin(), values.sizes().end());
    return {name, 6, dims, 9, {static_cast<const char*>(turned.const_data_ptr()), turned.nbytes()}};
  }

  static void same(const at::Tensor& found, const at::Tensor& expected) {
    QCOMPARE(found.sizes(), expected.sizes());
    QVERIFY(found.is_contiguous());
    QVERIFY(at::equal(found, expected.to(at::kFloat)));
  }

  DatasetSpec spec(const std::string& name, const std::string& map = {}) const {
    DatasetSpec result;
    result.source = "file";
    result.train = file(name).string();
    result.samples = result.test_samples = 0;
    result.map = map;
    return result;
  }

  template <typename Work>
  void refused(Work work, const std::string& part) {
    try {
      work();
    } catch (const RequestError& error) {
      const std::string text = error.what();
      QVERIFY2(text.find(part) != std::string::npos, text.c_str());
      QVERIFY2(text.ends_with(".") && text.find('\n') == std::string::npos, text.c_str());
      return;
    }
    QFAIL("nothing was refused");
  }

 private Q_SLOTS:
  void texts() {
    const std::string text = "x=coeff,y=sol,layout=NHW,subsample=4,train=1000,test=200";
    QCOMPARE(to_text(parse_dataset_map(text)), text);
    QCOMPARE(to_text(parse_dataset_map(" y=b , x=a,x_layout=NHW,y_layout=NHWT,frames_in=3,frames_out=2")),
             std::string("x=a,y=b,x_layout=NHW,y_layout=NHWT,frames_in=3,frames_out=2"));
    QVERIFY(parse_dataset_map("") == DatasetMap{});
    for (const auto& [bad, part] :
         std::initializer_list<std::pair<std::string, std::string>>{{"coeff", "no assignment"},
                                                                    {"x=", "no assignment"},
                                                                    {"=a", "no assignment"},
                                                                    {"x=a", "only one"},
                                                                    {"x=a,x=b,y=c", "twice"},
                                                                    {"z=a", "no part of it"},
                                                                    {"subsample=0", "at least 1"},
                                                                    {"train=1", "at least 2"},
                                                                    {"test=2.5", "whole number"},
                                                                    {"subsample=99999999999", "whole number"},
                                                                    {"layout=NQ", "letter that is none"},
                                                                    {"layout=NHH", "twice"},
                                                                    {"layout=HW", "has no N"},
                                                                    {"layout=NC", "no grid axis"},
                                                                    {"layout=NHX", "mixes"}}) {
      try {
        parse_dataset_map(bad);
        QFAIL(bad.c_str());
      } catch (const FieldError& error) {
        QCOMPARE(error.path(), std::string("dataset.map"));
        QVERIFY2(error.problem().find(part) != std::string::npos, error.what());
      }
    }
  }

  /// The layout of the FNO paper's Darcy_421 files, which its scripts subsample.
  void darcy_of_the_fno_paper() {
    const auto coeff = at::rand({6, 21, 21}), sol = at::rand({6, 21, 21});
    af::write_bytes(file("piececonst.mat"),
                    af::mat({matlab("coeff", coeff), matlab("Kcoeff", coeff), matlab("sol", sol)}));
    const Dataset whole = read_file(file("piececonst.mat"));
    same(whole.x, coeff.unsqueeze(1));
    same(whole.y, sol.unsqueeze(1));
    QCOMPARE(whole.input_name, std::string("coeff"));
    DataBundle bundle = load(spec("piececonst.mat", "subsample=5,train=4,test=2"));
    const auto every = [](const at::Tensor& values) {
      return values.slice(1, 0, std::nullopt, 5).slice(2, 0, std::nullopt, 5).unsqueeze(1);
    };
    same(bundle.train.x, every(coeff).narrow(0, 0, 4));
    QCOMPARE(bundle.tests.size(), std::size_t{1});
    QCOMPARE(bundle.tests[0].label, std::string("5"));
    same(bundle.tests[0].data.y, every(sol).narrow(0, 4, 2));
  }

  /// NavierStokes_V1e-5: u holds the frames that follow a along its last axis.
  void navier_stokes_of_the_fno_paper() {
    const auto a = at::rand({5, 8, 8}), u = at::rand({5, 8, 8, 20}), t = at::rand({1, 20});
    af::write_bytes(file("ns.mat"), af::mat({matlab("a", a), matlab("t", t), matlab("u", u)}));
    const Dataset guessed = read_file(file("ns.mat"));
    same(guessed.x, u.narrow(3, 0, 10).permute({0, 3, 1, 2}));
    same(guessed.y, u.narrow(3, 10, 10).permute({0, 3, 1, 2}));
    const auto mapped = [&](const char* map) { return read_file(file("ns.mat"), 2, parse_dataset_map(map)); };
    const Dataset one = mapped("x=u,y=u,layout=NHWT,frames_in=1,frames_out=3");
    same(one.x, u.narrow(3, 0, 1).permute({0, 3, 1, 2}));
    same(one.y, u.narrow(3, 1, 3).permute({0, 3, 1, 2}));
    const Dataset all = mapped("x=a,y=u,layout=NHWT");
    same(all.x, a.unsqueeze(1));
    same(all.y, u.permute({0, 3, 1, 2}));
    refused([&] { mapped("x=u,y=u,layout=NHWT,frames_in=20"); }, "has 20 frames in u, too few");
    refused([&] { mapped("x=u,y=u,layout=NHWT,frames_in=5,frames_out=16"); },
            "too few for 16 frames of targets");
    refused([&] { mapped("x=u,y=u,layout=NHWC"); }, "needs a T");
  }

  void layouts_of_pdebench() {
    const auto nu = at::rand({4, 8, 8}), solution = at::rand({4, 1, 8, 8});
    write_npz("pdebench.npz", {{"nu", nu}, {"tensor", solution}, {"x-coordinate", at::rand({8})}});
    const Dataset darcy = read_file(file("pdebench.npz"));
    same(darcy.x, nu.unsqueeze(1));
    same(darcy.y, solution);
    const auto frames = at::rand({4, 21, 16});
    write_npz("advection.npz",
              {{"t-coordinate", at::rand({21})}, {"tensor", frames}, {"x-coordinate", at::rand({16})}});
    const Dataset advection = read_file(file("advection.npz"));
    same(advection.x, frames.narrow(1, 0, 10));
    same(advection.y, frames.narrow(1, 10, 11));
  }

  void axes_are_guessed_or_said() {
    const auto x = at::rand({3, 8, 6, 2}), y = at::rand({3, 8, 6});
    write_npz("last.npz", {{"x", x}, {"y", y}});
    same(read_file(file("last.npz")).x, x.permute({0, 3, 1, 2}));
    const auto turned = at::rand({6, 8, 3});
    write_npz("turned.npz", {{"x", turned}, {"y", y}});
    same(read_file(file("turned.npz"), 2, parse_dataset_map("x=x,y=y,x_layout=WHN,y_layout=NHW")).x,
         turned.permute({2, 1, 0}).unsqueeze(1));
    refused([&] { read_file(file("turned.npz")); }, "axes cannot be guessed");
    refused([&] { read_file(file("last.npz"), 2, parse_dataset_map("layout=NHW")); },
            "layout NHW does not fit");
    refused([&] { read_file(file("last.npz"), 3, parse_dataset_map("layout=NHWC")); }, "has 2 grid axes");
    refused([&] { read_file(file("last.npz"), 2, parse_dataset_map("x=x,y=q")); },
            "holds no array q; it holds x (float32");
    write_npz("unknown.npz", {{"first", y}, {"second", y}});
    refused([&] { read_file(file("unknown.npz")); }, "which of them are inputs and targets is not clear");
    same(read_file(file("unknown.npz"), 0, parse_dataset_map("x=first,y=second")).x, y.unsqueeze(1));
  }

  void complex_numbers_become_two_channels() {
    const auto parts = at::rand({3, 8, 2});
    af::write_bytes(
        file("z.npz"),
        af::zip({{"x.npy", af::npy("<c8", "(3, 8)",
                                   {static_cast<const char*>(parts.const_data_ptr()), parts.nbytes()})},
                 {"y.npy", npy(at::rand({3, 8}))}}));
    same(read_file(file("z.npz")).x, parts.permute({0, 2, 1}));
  }

  void values_that_are_not_finite_are_refused() {
    auto x = at::rand({3, 8, 6});
    x[1][2][3] = std::numeric_limits<float>::quiet_NaN();
    write_npz("nan.npz", {{"x", x}, {"y", x}});
    refused([&] { read_file(file("nan.npz")); }, "not finite");
  }

  void training_from_each_format() {
    const auto x = at::rand({6, 8, 8}), y = at::rand({6, 8, 8});
    write_npz("train.npz", {{"x", x}, {"y", y}});
    write_npz("test.npz", {{"x", x.narrow(0, 0, 2)}, {"y", y.narrow(0, 0, 2)}});
    const DataBundle bundle = load(spec("train.npz"), {}, 2);
    same(bundle.train.x, x.unsqueeze(1));
    QCOMPARE(bundle.tests.size(), std::size_t{1});
    QCOMPARE(bundle.tests[0].data.samples(), 2);
    refused([&] { load(spec("train.npz", "train=5,test=3")); }, "too few for 5 to train on and 3 to test on");
    QVERIFY_EXCEPTION_THROWN(load(spec("train.npz", "nonsense")), FieldError);
    const DataBundle split = load(spec("train.npz", "test=2"), {}, 2);
    QCOMPARE(split.train.samples(), 4);
    same(split.tests.at(0).data.x, x.narrow(0, 4, 2).unsqueeze(1));
  }

  void more_than_memory_holds_is_refused_at_once() {
    // 8 TB that the disk need not hold.
    const std::string head = af::npy("<f4", "(8000000, 500, 500)", "");
    af::write_bytes(file("huge.npy"), head);
    std::error_code error;
    std::filesystem::resize_file(file("huge.npy"), head.size() + 8'000'000'000'000, error);
    if (error) QSKIP("This file system takes no file of 8 TB.");
    refused([&] { read_file(file("huge.npy"), 0, parse_dataset_map("x=data,y=data,layout=NTW")); },
            "since samples are kept in memory");
    std::filesystem::remove(file("huge.npy"));
  }

  void tuples_and_space_time_of_torch() {
    const auto x = at::rand({4, 16}), y = at::rand({4, 17, 16});
    const auto tuple = c10::ivalue::Tuple::create({x, y});
    const auto bytes = torch::jit::pickle_save(tuple);
    af::write_bytes(file("tuple.pt"), {bytes.begin(), bytes.end()});
    const Dataset dataset = read_file(file("tuple.pt"));
    same(dataset.x, x.unsqueeze(1));
    same(dataset.y, y);
    const auto shared = test::shared_folder();
    if (shared.empty()) QSKIP("The folder of recorded data is not there.");
    const Dataset burgers = read_file(shared / "data" / "burgers_train_16.pt");
    QCOMPARE(burgers.x.sizes().vec(), (std::vector<std::int64_t>{800, 1, 16}));
    QCOMPARE(burgers.y.sizes().vec(), (std::vector<std::int64_t>{800, 17, 16}));
  }
};

QTEST_GUILESS_MAIN(MappingTest)
#include "mapping_test.moc"
