import ArgumentParser

struct Completion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: .words(
      "输出 shell 自动补全本程序命令行的脚本。",
      "A script that completes this program's command lines in a shell."),
    discussion: .examples("taizhang completion bash > taizhang.bash && source taizhang.bash"))

  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("所用的 shell。", "The shell.", .shell)) var shell: Shell

  func run() {
    let script: String =
      switch shell {
      case .bash: Taizhang.completionScript(for: .bash)
      case .zsh: Taizhang.completionScript(for: .zsh)
      case .fish: Taizhang.completionScript(for: .fish)
      }
    Printer(options: common).data(script)
  }
}
