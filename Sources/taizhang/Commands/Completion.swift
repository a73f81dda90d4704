import ArgumentParser

struct Completion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "A script that completes this program's command lines in a shell.",
    discussion: "Example: taizhang completion bash > taizhang.bash && source taizhang.bash")

  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @OptionGroup var common: CommonOptions
  @Argument(help: "bash, zsh or fish.") var shell: Shell

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
