#include "common/cli_app.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <iostream>
#include <new>

#include "common/help.h"
#include "common/option.h"
#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/manifest.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"

namespace quartet::cli {

using base::cat;

struct Command::Impl {
  Impl(std::string name_in, std::string description_in, CommonFlags& common_in, const Command* shared_in)
      : name(std::move(name_in)), description(std::move(description_in)), common(common_in), shared(shared_in) {}

  Option& add(Option option) { return options.emplace_back(std::move(option)); }

  std::vector<Option*> all() {
    std::vector<Option*> result;
    for (Option& option : options) result.push_back(&option);
    if (shared != nullptr) {
      for (Option* option : shared->impl_->all()) result.push_back(option);
    }
    return result;
  }
  const Option& find(const std::string& option_name) {
    for (const Option* option : all()) {
      if (option->name == option_name) return *option;
    }
    throw StateError("no option " + option_name);
  }

  std::string name;
  std::string description;
  CommonFlags& common;
  const Command* shared;  // whose options hold here too: the program's, the general ones
  std::deque<Option> options;
  std::string examples;
  std::function<void(const CommonFlags&)> run;
};

Command::Command(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Command::~Command() = default;

template <class T>
Command& Command::option(const std::string& name, T& value, const std::string& help) {
  impl_->add(make_option(name, value, help));
  return *this;
}

Command& Command::positional(const std::string& name, std::string& value, const std::string& help) {
  impl_->add(make_option(name, value, help));
  return required();
}

Command& Command::positional(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  impl_->add(make_option(name, value, help));
  return required();
}

Command& Command::required() {
  impl_->options.back().required = true;
  return *this;
}

Command& Command::choices(const std::vector<std::string>& values) {
  impl_->options.back().choices = values;
  return *this;
}

Command& Command::accepted(const std::string& name, bool takes_value) {
  impl_->add(make_accepted(name, takes_value));
  return *this;
}

Command& Command::refused(const std::string& name, bool takes_value, const std::vector<std::string>& harmless) {
  impl_->add(make_refused(name, takes_value, harmless));
  return *this;
}

Command& Command::examples(const std::string& text) {
  impl_->examples = text;
  return *this;
}

Command& Command::with_device(bool allow_auto) {
  const std::string names = allow_auto ? "cpu, cuda, cuda:N or auto" : "cpu, cuda or cuda:N";
  Option& device = impl_->add(make_option("--device", impl_->common.device, "where to compute: " + names));
  device.value_name = "DEVICE";
  device.set_text = [target = &impl_->common.device, allow_auto, names](const std::string& text) {
    const bool numbered = text.starts_with("cuda:") && text.size() > 5 && text.size() < 9 &&
                          text.find_first_not_of("0123456789", 5) == std::string::npos;
    if (text != "cpu" && text != "cuda" && !numbered && !(allow_auto && text == "auto")) {
      throw std::runtime_error("expected " + names + ", got " + base::excerpt(text));
    }
    *target = text;
  };
  device.read_config = [set = device.set_text](base::ConfigReader& config, const std::string& key) {
    try {
      if (const auto text = config.find<std::string>(key)) set(*text);
    } catch (const std::runtime_error& error) {
      config.problem(key, error.what());
    }
  };
  return *this;
}

Command& Command::with_dry_run() {
  return option("--dry-run", impl_->common.dry_run, "check and report, write nothing");
}

bool Command::given(const std::string& name) const {
  return impl_->find(name).given;
}

bool Command::given_as_flag(const std::string& name) const {
  const Option& option = impl_->find(name);
  return option.given && !option.from_config;
}

nlohmann::ordered_json Command::resolved() const {
  nlohmann::ordered_json result = nlohmann::ordered_json::object();
  for (const Option* option : impl_->all()) {
    if (option->value) result[option->key()] = option->value();
  }
  return result;
}

#define QUARTET_COMMAND_OPTION(T)                                                                \
  template Command& Command::option(const std::string& name, T& value, const std::string& help); \
  template Command& Command::option(const std::string& name, std::optional<T>& value, const std::string& help);
QUARTET_COMMAND_OPTION(bool)
QUARTET_COMMAND_OPTION(int)
QUARTET_COMMAND_OPTION(std::int64_t)
QUARTET_COMMAND_OPTION(std::uint64_t)
QUARTET_COMMAND_OPTION(double)
QUARTET_COMMAND_OPTION(std::string)
#undef QUARTET_COMMAND_OPTION
template Command& Command::option(const std::string& name, std::vector<std::string>& value, const std::string& help);

struct AppImpl {
  AppImpl(std::string name_in, std::string description)
      : name(std::move(name_in)),
        main(std::make_unique<Command::Impl>(name, std::move(description), common, nullptr)),
        general(std::make_unique<Command::Impl>("", "", common, nullptr)) {
    main.impl_->shared = &general;
    Option& config =
        general.impl_->add(make_option("--config", config_path, "options from a YAML file; a flag beats the file"));
    config.value_name = "FILE";
    config.read_config = [](base::ConfigReader&, const std::string&) {};  // a config names no other
    config.value = nullptr;
    general.option("--quiet", common.quiet, "no progress, only warnings and errors");
    general.option("--log-level LEVEL", common.log_level, "what is logged")
        .choices({"trace", "debug", "info", "warn", "error", "off"});
    general.option("--threads", common.threads, "threads to compute with, 0 = all cores");
    general.option("--seed", common.seed, "seed of every random stream");
  }

  Command* find_subcommand(const std::string& word) {
    for (const auto& command : subcommands) {
      if (command->impl_->name == word) return command.get();
    }
    return nullptr;
  }

  /// The command that `words` name; its word is taken out of them.
  Command& choose(std::vector<std::string>& words) {
    if (subcommands.empty()) return main;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (Command* command = find_subcommand(words[i])) {
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
        return *command;
      }
    }
    if (words.empty() || words.front().starts_with('-')) return main;
    std::vector<std::string> names;
    for (const auto& command : subcommands) names.push_back(command->impl_->name);
    if (std::find(refused.begin(), refused.end(), words.front()) != refused.end()) {
      throw ConfigError(cat(name, " ", words.front(), " is not built yet; there are ", base::join(names, " ")));
    }
    throw ConfigError(cat("unknown command ", base::excerpt(words.front()), base::did_you_mean(words.front(), names),
                          ", expected one of ", base::join(names, " ")));
  }

  std::string help(const Command& command) const {
    HelpPage page;
    const Command::Impl& impl = *command.impl_;
    page.usage = &command == &main ? name : name + " " + impl.name;
    page.description = impl.description;
    page.examples = impl.examples;
    for (const Option& option : impl.options) page.options.push_back(&option);
    if (&command != &main) {
      for (const Option& option : main.impl_->options) page.options.push_back(&option);
    } else {
      for (const auto& each : subcommands) page.subcommands.emplace_back(each->impl_->name, each->impl_->description);
    }
    for (const Option& option : general.impl_->options) page.general_options.push_back(&option);
    page.general_options.push_back(&help_option);
    page.general_options.push_back(&version_option);
    return format_help(page);
  }

  void run(std::vector<std::string> words) {
    const auto end_of_flags = std::find(words.begin(), words.end(), "--");
    const auto asked = [&](const char* flag) { return std::find(words.begin(), end_of_flags, flag) != end_of_flags; };
    if (asked("--version")) {
      std::cout << name << " " << base::version() << "\n";
      return;
    }
    const bool wants_help = asked("--help") || asked("-h");
    Command& command = choose(words);
    if (wants_help) {
      std::cout << help(command);
      return;
    }
    if (!command.impl_->run) throw ConfigError("a command is missing: see " + name + " --help");
    parse_options(command.impl_->all(), words, config_path);
    if (common.threads < 0) throw ConfigError(cat("--threads: expected 0 or more, got ", common.threads));
    base::set_log_level(common.quiet && !general.given("--log-level") ? "warn" : common.log_level);
    base::Progress::set_enabled(!common.quiet);
    base::install_stop_handlers();
    command.impl_->run(common);
  }

  int fail(const std::string& kind, const std::string& message, int exit_code) const {
    std::cerr << name << ": " << kind << base::replace_all(message, "\n", " ") << "\n";
    return exit_code;
  }

  std::string name;
  CommonFlags common;
  std::string config_path;
  bool unused = false;
  Option help_option = make_option("--help", unused, "this page");
  Option version_option = make_option("--version", unused, "the version");
  Command main;
  Command general;
  std::vector<std::unique_ptr<Command>> subcommands;
  std::vector<std::string> refused;  // commands of the contract that are not built
  App::ExceptionTranslator translator;
};

App::App(std::string name, std::string description)
    : impl_(std::make_unique<AppImpl>(std::move(name), std::move(description))) {}
App::~App() = default;

Command& App::main() {
  return impl_->main;
}

Command& App::subcommand(const std::string& name, const std::string& description,
                         std::function<void(const CommonFlags&)> run) {
  auto impl = std::make_unique<Command::Impl>(name, description, impl_->common, &impl_->main);
  impl->run = std::move(run);
  impl_->subcommands.push_back(std::unique_ptr<Command>(new Command(std::move(impl))));
  return *impl_->subcommands.back();
}

void App::refused_subcommands(const std::vector<std::string>& names) {
  impl_->refused = names;
}

void App::set_run(std::function<void(const CommonFlags&)> run) {
  impl_->main.impl_->run = std::move(run);
}

void App::set_exception_translator(ExceptionTranslator translator) {
  impl_->translator = std::move(translator);
}

int App::run(int argc, char** argv) {
  const auto exit_code = [](ExitCode code) { return static_cast<int>(code); };
  try {
    impl_->run(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    if (!std::cout.flush()) throw ResourceError("standard output: cannot write (disk full or closed)");
    return exit_code(ExitCode::kDone);
  } catch (const ConfigError& error) {
    for (const std::string& problem : error.problems()) impl_->fail("error: ", problem, 0);
    return exit_code(error.exit_code());
  } catch (const Error& error) {
    return impl_->fail("error: ", error.what(), exit_code(error.exit_code()));
  } catch (const Stopped& stopped) {
    return impl_->fail("stopped: ", stopped.what(), 128 + stopped.signal());
  } catch (const std::exception& error) {
    if (const auto known = impl_->translator ? impl_->translator(error) : std::nullopt) {
      return impl_->fail("error: ", known->second, known->first);
    }
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
      return impl_->fail("error: ", "out of memory", exit_code(ExitCode::kResource));
    }
    const bool file_system = dynamic_cast<const std::filesystem::filesystem_error*>(&error) != nullptr;
    return impl_->fail(file_system ? "error: " : "error: a bug: ", error.what(),
                       exit_code(file_system ? ExitCode::kResource : ExitCode::kBug));
  } catch (...) {
    return impl_->fail("error: ", "a bug: unknown exception", exit_code(ExitCode::kBug));
  }
}

}  // namespace quartet::cli
