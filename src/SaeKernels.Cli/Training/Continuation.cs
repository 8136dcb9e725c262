using System.CommandLine;
using System.CommandLine.Parsing;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>What a run that goes on reads, and how it is told to.</summary>
internal static class Continuation
{
    /// <summary>Opens the data of a run where it was, or where it moved.</summary>
    /// <exception cref="FileNotFoundException">Data is neither where it was nor named.</exception>
    public static ActivationStore Open(TrainOptions options, ParseResult result, RunRecord record)
    {
        string[] moved = result.GetValue(options.Data) ?? [];
        ActivationStoreOptions reading = new() { TensorName = record.Data.Tensor, AllowShort = record.Data.AllowShort };
        try
        {
            return options.Sites.Reopen(
                result,
                ActivationStore.Open(moved.Length > 0 ? moved : record.Data.Paths, reading),
                record.Data.OtherSites);
        }
        catch (FileNotFoundException fault) when (moved.Length == 0)
        {
            throw new FileNotFoundException(
                $"{fault.Message} The run was trained on it, from this folder or another one: name it with --data if "
                + "it moved.",
                fault);
        }
    }

    /// <summary>The command line that continues what this one began.</summary>
    public static string Line(TrainOptions options, ParseResult result, string folder)
    {
        List<string> arguments = ["train", "--resume", "--out", folder];
        Option[] kept = result.GetValue(options.Resume)
            ? [options.Data, options.Sites.Target, options.Sites.Site]
            : [];
        foreach (Option option in (Option[])[.. kept, options.Device, options.Threads, options.Json])
        {
            if (result.GetResult(option) is OptionResult { Implicit: false } given)
            {
                arguments.AddRange([option.Name, .. given.Tokens.Select(token => token.Value)]);
            }
        }

        return CommandText.Of(arguments);
    }
}
