using System.CommandLine;
using SaeKernels.Data;

namespace SaeKernels.Cli;

/// <summary>The options by which a verb is told of activations.</summary>
internal sealed class DataInput
{
    /// <summary>Makes the options.</summary>
    /// <param name="more">What the verb has to say of the files, as sentences; may be empty.</param>
    public DataInput(string more = "") => this.Data = Options.Texts("--data", "PATH",
        $".npy or .safetensors files, or folders of them. {more}{(more.Length > 0 ? " " : string.Empty)}Required.");

    /// <summary>The files.</summary>
    public Option<string[]> Data { get; }

    /// <summary>The tensor.</summary>
    public Option<string?> Tensor { get; } = Options.Text("--tensor", "NAME",
        "Tensor to read from .safetensors files. Default: activations, or else the only 2-D tensor.");

    /// <summary>Whether a cut-off file will do.</summary>
    public Option<bool> AllowShort { get; } = Options.Flag("--allow-short",
        "Use a last shard that was cut off as far as it goes. Default: a cut-off file is a fault.");

    /// <summary>Returns the paths.</summary>
    /// <exception cref="ArgumentException">None was given.</exception>
    public string[] RequirePaths(ParseResult result) => result.GetValue(this.Data) is { Length: > 0 } paths
        ? paths
        : throw new ArgumentException(
            "--data: must name activations, but is missing. Write --data activations.safetensors.");

    /// <summary>Opens the files. The caller disposes them.</summary>
    /// <exception cref="ArgumentException">None was given.</exception>
    public ActivationStore Open(ParseResult result) => ActivationStore.Open(
        RequirePaths(result),
        new ActivationStoreOptions
        {
            TensorName = result.GetValue(this.Tensor),
            AllowShort = result.GetValue(this.AllowShort),
        });
}
