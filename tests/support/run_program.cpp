#include "support/run_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace quartet::testing {
namespace {

void redirect(const std::filesystem::path& path, int flags, int descriptor) {
  const int opened = open(path.c_str(), flags, 0600);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(127);
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& command, const std::string& input) {
  write_bytes(streams_ / "in", input);
  const std::string program =
      command.at(0).find('/') == std::string::npos ? std::string(QUARTET_BIN_DIR) + "/" + command[0] : command[0];
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  process_ = fork();
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (process_ == 0) {
    redirect(streams_ / "in", O_RDONLY, STDIN_FILENO);
    redirect(streams_ / "out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(streams_ / "err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    execv(program.c_str(), arguments.data());
    _exit(127);
  }
}

RunningProgram::~RunningProgram() {
  if (ended_) return;
  kill(process_, SIGKILL);
  waitpid(process_, &status_, 0);
}

void RunningProgram::send_signal(int signal) const {
  if (!ended_) kill(process_, signal);
}

bool RunningProgram::ended() {
  if (!ended_) ended_ = waitpid(process_, &status_, WNOHANG) == process_;
  return ended_;
}

ProgramResult RunningProgram::wait() {
  if (!ended_) waitpid(process_, &status_, 0);
  ended_ = true;
  ProgramResult result;
  result.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  const auto text_of = [&](const char* name) {  // a program that was killed early has not opened them
    return std::filesystem::exists(streams_ / name) ? read_bytes(streams_ / name) : std::string();
  };
  result.out = text_of("out");
  result.err = text_of("err");
  return result;
}

ProgramResult run_program(const std::vector<std::string>& command, const std::string& input) {
  return RunningProgram(command, input).wait();
}

}  // namespace quartet::testing
