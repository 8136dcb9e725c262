using SaeKernels.Tests.Repository;

namespace SaeKernels.Tests.Cli;

/// <summary>The help of every verb is what the files in <c>Help/</c> say; SAE_WRITE_HELP=1 writes them anew.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("demo")]
    [InlineData("synth")]
    [InlineData("synth bounce")]
    [InlineData("synth sharkey")]
    [InlineData("synth toy")]
    [InlineData("synth correlated")]
    [InlineData("synth anticorrelated")]
    [InlineData("synth tokens")]
    [InlineData("synth hierarchy")]
    [InlineData("synth synthsaebench")]
    [InlineData("synth gaussian-null")]
    [InlineData("train")]
    [InlineData("presets")]
    [InlineData("eval")]
    [InlineData("features")]
    [InlineData("encode")]
    [InlineData("decode")]
    [InlineData("contexts")]
    [InlineData("compare")]
    [InlineData("sweep")]
    [InlineData("toy")]
    [InlineData("report")]
    [InlineData("serve")]
    [InlineData("info")]
    [InlineData("archs")]
    [InlineData("devices")]
    [InlineData("verify")]
    [InlineData("bench")]
    [InlineData("bench-arch")]
    public void Help_is_as_it_was_reviewed(string verb)
    {
        string[] words = verb.Length == 0 ? [] : verb.Split(' ');
        string output = SaeProcess.Run(this.folder, [.. words, "--help"]).AssertDone().Output;
        string file = RepositoryFiles.PathOf(
            $"tests/SaeKernels.Tests/Cli/Help/{(verb.Length == 0 ? "sae" : verb.Replace(' ', '-'))}.txt");
        if (Environment.GetEnvironmentVariable("SAE_WRITE_HELP") == "1")
        {
            File.WriteAllText(file, output);
        }

        Assert.Equal(File.ReadAllText(file), output);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void Help_is_a_verb_too()
    {
        Assert.Equal(
            SaeProcess.Run(this.folder, "synth", "bounce", "--help").AssertDone(),
            SaeProcess.Run(this.folder, "help", "synth", "bounce").AssertDone());
        SaeProcess.Run(this.folder, "help").AssertDone();
    }

    [Fact]
    public void Without_a_verb_the_help_is_shown_as_a_usage_error()
    {
        SaeResult result = SaeProcess.Run(this.folder);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(string.Empty, result.Output);
        Assert.Contains("Usage: sae VERB", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_verb_is_a_usage_error() =>
        SaeProcess.Run(this.folder, "tarin").AssertFault(2, "sae: the next word must be one of demo", "'tarin'");

    [Fact]
    public void Help_for_an_unknown_verb_is_one_too()
    {
        SaeProcess.Run(this.folder, "help", "tarin").AssertFault(2, "'tarin'", "sae --help");
        SaeProcess.Run(this.folder, "help", "synth", "bounse").AssertFault(2, "'bounse'", "sae synth --help");
    }

    public void Dispose() => this.folder.Dispose();
}
