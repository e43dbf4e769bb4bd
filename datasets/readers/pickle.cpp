#include "datasets/readers/pickle.h"

#include "datasets/readers/format_problem.h"

#include <bit>
#include <unordered_map>

namespace halfwave::datasets {

using Kind = PickleValue::Kind;

namespace {

constexpr std::size_t most_axes = 16;
constexpr std::size_t longest_name = 64;

FormatProblem damaged(const std::string& what) {
  return FormatProblem("holds a damaged pickle (" + what + ")");
}

}  // namespace

/// The stack machine that a pickle is a programme for, without its instructions that build arbitrary objects.
/// Every instruction makes at most one node, so memory is bounded by the pickle's length; nodes live in one
/// list, so that cycles and deep nesting need no recursion.
class PickleMachine {
 public:
  PickleMachine(PickleDocument& document, std::string_view bytes) : document_(document), rest_(bytes) {}

  void run() {
    while (step()) {
    }
    document_.root_ = pop();
  }

 private:
  // ---- reading ----
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) throw damaged("it ends in the middle of an instruction");
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

  std::uint64_t take_number(int bytes) {
    const auto part = take(static_cast<std::uint64_t>(bytes));
    std::uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(part[static_cast<std::size_t>(i)]);
    return value;
  }

  std::string_view take_line() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) throw damaged("a line has no end");
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

  /// Two's complement, little-endian, of any length that 64 bits hold.
  std::int64_t take_long(std::uint64_t size) {
    const auto part = take(size);
    if (size > 8) throw FormatProblem("holds an integer of more than 64 bits");
    std::uint64_t value = size > 0 && (part.back() & 0x80) ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(part[i]);
    return static_cast<std::int64_t>(value);
  }

  // ---- stack ----
  PickleValue pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) throw damaged("it takes from an empty stack");
    const PickleValue value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PickleValue& top() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) throw damaged("it looks at an empty stack");
    return stack_.back();
  }

  std::vector<PickleValue> pop_to_mark() {
    if (marks_.empty()) throw damaged("a mark is missing");
    std::vector<PickleValue> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }

  std::vector<PickleValue> pop_many(std::size_t count) {
    std::vector<PickleValue> items(count);
    while (count-- > 0) items[count] = pop();
    return items;
  }

  // ---- making values ----
  PickleNode* new_node() { return &document_.nodes_.emplace_back(); }

  void push(Kind kind, std::int64_t integer = 0, double real = 0.0) {
    stack_.push_back({kind, integer, real, nullptr});
  }

  void push_text(Kind kind, std::string_view text) {
    PickleNode* node = new_node();
    node->text = text;
    stack_.push_back({kind, 0, 0.0, node});
  }

  void push_items(Kind kind, std::vector<PickleValue> items) {
    PickleNode* node = new_node();
    node->items = std::move(items);
    stack_.push_back({kind, 0, 0.0, node});
  }

  void extend(Kind kind, const std::vector<PickleValue>& items) {
    PickleValue& target = top();
    if (!target.is(kind)) throw damaged("items are added to a " + std::string(kind_name(target.kind)));
    if (kind == Kind::dict && items.size() % 2 != 0) throw damaged("a key has no value");
    target.node->items.insert(target.node->items.end(), items.begin(), items.end());
  }

  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) throw damaged("it recalls what it never stored");
    stack_.push_back(found->second);
  }

  // ---- what may be called ----
  void push_global(std::string_view module, std::string_view name) {
    push_text(Kind::global, std::string(module) + "." + std::string(name));
  }

  void reduce() {
    const PickleValue arguments = pop();
    const PickleValue callable = pop();
    if (!callable.is(Kind::global) || !arguments.is(Kind::tuple))
      throw damaged("it calls what is no function");
    const std::string& name = callable.node->text;
    const auto& items = arguments.node->items;
    if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor") {
      rebuild_tensor(items);
    } else if (name == "torch._utils._rebuild_parameter") {
      if (items.empty() || !items[0].is(Kind::tensor)) throw damaged("a parameter is no tensor");
      stack_.push_back(items[0]);
    } else if (name == "collections.OrderedDict" && items.empty()) {
      push_items(Kind::dict, {});
    } else if (name.starts_with("torch.jit._pickle.") && !items.empty()) {
      stack_.push_back(
          items[0]);  // LibTorch's own pickler notes the types of dicts and lists with such calls
    } else if (name == "torch.Size" && items.size() == 1 && items[0].is(Kind::tuple)) {
      stack_.push_back(items[0]);
    } else if (name == "torch.device") {
      push(Kind::none);
    } else if (name.starts_with("numpy.") || name == "_codecs.encode") {
      throw FormatProblem("holds NumPy arrays; save them as tensors (torch.from_numpy)");
    } else {
      throw FormatProblem("would call " + printable(name) +
                          "; only tensors, numbers, text, lists and dicts are read, and no code is run");
    }
  }

  static std::vector<std::int64_t> integers(const PickleValue& value) {
    if (!value.is(Kind::tuple)) throw damaged("a tensor has no shape");
    if (value.node->items.size() > most_axes) throw damaged("a tensor has too many axes");
    std::vector<std::int64_t> result;
    for (const auto& item : value.node->items) {
      if (!item.is(Kind::integer)) throw damaged("a tensor's shape is not made of integers");
      result.push_back(item.integer);
    }
    return result;
  }

  void rebuild_tensor(const std::vector<PickleValue>& items) {
    if (items.size() < 4 || !items[0].is(Kind::storage) || !items[1].is(Kind::integer))
      throw damaged("a tensor is incomplete");
    PickleNode* node = new_node();
    node->tensor = items[0].node->tensor;
    node->tensor.offset = items[1].integer;
    node->tensor.sizes = integers(items[2]);
    node->tensor.strides = integers(items[3]);
    if (node->tensor.sizes.size() != node->tensor.strides.size())
      throw damaged("a tensor has other strides than axes");
    stack_.push_back({Kind::tensor, 0, 0.0, node});
  }

  /// ('storage', torch.FloatStorage, '0', 'cpu', 1000)
  void persistent_storage() {
    const PickleValue id = pop();
    if (!id.is(Kind::tuple) || id.node->items.size() < 5) throw damaged("a storage is incomplete");
    const auto& items = id.node->items;
    if (!items[0].is(Kind::text) || items[0].node->text != "storage" || !items[1].is(Kind::global) ||
        !items[2].is(Kind::text) || !items[4].is(Kind::integer))
      throw damaged("a storage is incomplete");
    const std::string& type = items[1].node->text;
    const std::string& key = items[2].node->text;
    if (type.size() > longest_name || key.size() > longest_name)
      throw damaged("a storage has no proper name");
    PickleNode* node = new_node();
    node->tensor.storage_type = type.substr(type.rfind('.') + 1);
    node->tensor.storage_key = key;
    node->tensor.storage_elements = items[4].integer;
    stack_.push_back({Kind::storage, 0, 0.0, node});
  }

  /// State set on an object: an OrderedDict carries attributes that nothing here needs.
  void build() {
    pop();
    if (!top().is(Kind::dict))
      throw FormatProblem(
          "holds an object of a class; only tensors, numbers, text, lists and dicts are read");
  }

  // clang-format off
  /// One instruction; false at the end. Names as in Python's pickletools.
  bool step() {
    const char code = take(1)[0];
    switch (code) {
      case '\x80': take(1); break;                                       // PROTO
      case '\x95': take(8); break;                                       // FRAME
      case '.': return false;                                            // STOP
      case '(': marks_.push_back(stack_.size()); break;                  // MARK
      case '0': pop(); break;                                            // POP
      case '1': pop_to_mark(); break;                                    // POP_MARK
      case '2': stack_.push_back(top()); break;                          // DUP
      case 'N': push(Kind::none); break;                                 // NONE
      case '\x88': push(Kind::boolean, 1); break;                        // NEWTRUE
      case '\x89': push(Kind::boolean, 0); break;                        // NEWFALSE
      case 'K': push(Kind::integer, static_cast<std::int64_t>(take_number(1))); break;  // BININT1
      case 'M': push(Kind::integer, static_cast<std::int64_t>(take_number(2))); break;  // BININT2
      case 'J': push(Kind::integer, static_cast<std::int32_t>(take_number(4))); break;  // BININT
      case '\x8a': push(Kind::integer, take_long(take_number(1))); break;               // LONG1
      case '\x8b': push(Kind::integer, take_long(take_number(4))); break;               // LONG4
      case 'G': {                                                        // BINFLOAT, big-endian
        std::uint64_t bits = 0;
        for (char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
        push(Kind::real, 0, std::bit_cast<double>(bits));
        break;
      }
      case 'X': push_text(Kind::text, take(take_number(4))); break;      // BINUNICODE
      case '\x8c': push_text(Kind::text, take(take_number(1))); break;   // SHORT_BINUNICODE
      case '\x8d': push_text(Kind::text, take(take_number(8))); break;   // BINUNICODE8
      case 'T': push_text(Kind::text, take(take_number(4))); break;      // BINSTRING
      case 'U': push_text(Kind::text, take(take_number(1))); break;      // SHORT_BINSTRING
      case 'B': push_text(Kind::bytes, take(take_number(4))); break;     // BINBYTES
      case 'C': push_text(Kind::bytes, take(take_number(1))); break;     // SHORT_BINBYTES
      case ']': push_items(Kind::list, {}); break;                       // EMPTY_LIST
      case ')': push_items(Kind::tuple, {}); break;                      // EMPTY_TUPLE
      case '}': push_items(Kind::dict, {}); break;                       // EMPTY_DICT
      case 'l': push_items(Kind::list, pop_to_mark()); break;            // LIST
      case 't': push_items(Kind::tuple, pop_to_mark()); break;           // TUPLE
      case '\x85': push_items(Kind::tuple, pop_many(1)); break;          // TUPLE1
      case '\x86': push_items(Kind::tuple, pop_many(2)); break;          // TUPLE2
      case '\x87': push_items(Kind::tuple, pop_many(3)); break;          // TUPLE3
      case 'a': extend(Kind::list, pop_many(1)); break;                  // APPEND
      case 'e': extend(Kind::list, pop_to_mark()); break;                // APPENDS
      case 's': extend(Kind::dict, pop_many(2)); break;                  // SETITEM
      case 'u': extend(Kind::dict, pop_to_mark()); break;                // SETITEMS
      case 'q': memo_[take_number(1)] = top(); break;                    // BINPUT
      case 'r': memo_[take_number(4)] = top(); break;                    // LONG_BINPUT
      case '\x94': memo_[memo_.size()] = top(); break;                   // MEMOIZE
      case 'h': recall(take_number(1)); break;                           // BINGET
      case 'j': recall(take_number(4)); break;                           // LONG_BINGET
      case 'c': {                                                        // GLOBAL
        const auto module = take_line();
        push_global(module, take_line());
        break;
      }
      case '\x93': {                                                     // STACK_GLOBAL
        const auto names = pop_many(2);
        if (!names[0].is(Kind::text) || !names[1].is(Kind::text)) throw damaged("a name is no text");
        push_global(names[0].node->text, names[1].node->text);
        break;
      }
      case 'R': reduce(); break;                                         // REDUCE
      case 'Q': persistent_storage(); break;                             // BINPERSID
      case 'b': build(); break;                                          // BUILD
      case 'i': case 'o': case '\x81': case '\x92':                      // INST, OBJ, NEWOBJ, NEWOBJ_EX
        throw FormatProblem(
            "would make an object of a class; only tensors, numbers, text, lists and dicts are read, and no code is run");
      default: throw damaged("it has an instruction that torch.save never writes");
    }
    return true;
  }
  // clang-format on

  PickleDocument& document_;
  std::string_view rest_;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue> memo_;
};

PickleDocument::PickleDocument(std::string_view bytes) {
  PickleMachine(*this, bytes).run();
}

const PickleValue* find_key(const PickleValue& dict, std::string_view key) {
  if (!dict.is(Kind::dict)) return nullptr;
  const auto& items = dict.node->items;
  for (std::size_t i = items.size(); i >= 2; i -= 2)  // of equal keys the last counts, as in Python
    if (items[i - 2].is(Kind::text) && items[i - 2].node->text == key) return &items[i - 1];
  return nullptr;
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return "truth value";
    case Kind::integer:
      return "whole number";
    case Kind::real:
      return "number";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "byte string";
    case Kind::list:
      return "list";
    case Kind::tuple:
      return "tuple";
    case Kind::dict:
      return "dict";
    case Kind::global:
      return "name";
    case Kind::storage:
      return "storage";
    case Kind::tensor:
      return "tensor";
  }
  return "value";
}

}  // namespace halfwave::datasets
