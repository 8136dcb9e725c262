using System.CommandLine;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The options that name activations of further sites, row by row those of <c>--data</c>.</summary>
internal sealed class SiteInput
{
    private const char TensorMark = '#';

    /// <summary>What a transcoder reconstructs.</summary>
    public Option<string[]> Target { get; } = Options.Texts("--target", "PATH",
        "What a transcoder reconstructs from --data: files or folders with one row for each row of --data, and the "
        + $"same doc_ids where both have them. PATH{TensorMark}NAME reads a tensor by name, the same in all of them. "
        + $"Required with {Ids(known => known.HasTarget)}.");

    /// <summary>The further sites of a crosscoder.</summary>
    public Option<string[]> Site { get; } = Options.Texts("--site", "PATH",
        "A further site of a crosscoder beside --data: a file, or a folder of shards, with one row for each row of "
        + $"--data; once for each site. PATH{TensorMark}NAME reads a tensor by name. Required with "
        + $"{Ids(known => known.HasSites)}.");

    /// <summary>Joins the further sites that were named to those of <c>--data</c>.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="first">What <c>--data</c> names; disposed with what is returned, or here where there is a fault.
    /// </param>
    /// <exception cref="ArgumentException">The files of a site name tensors of different names.</exception>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">The sites do not belong together row by row.</exception>
    public ActivationStore Join(ParseResult result, ActivationStore first)
    {
        List<ActivationStore> sites = [first];
        try
        {
            if (result.GetValue(this.Target) is { Length: > 0 } target)
            {
                sites.Add(Open(target, first.Options));
            }

            sites.AddRange((result.GetValue(this.Site) ?? []).Select(site => Open([site], first.Options)));
            return ActivationStore.Join(sites);
        }
        catch
        {
            sites.ForEach(site => site.Dispose());
            throw;
        }
    }

    /// <summary>Throws where an architecture lacks what it needs, or is given what it has not.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public void Require(ParseResult result, SaeArchitecture architecture)
    {
        bool hasTarget = result.GetValue(this.Target) is { Length: > 0 };
        bool hasSites = result.GetValue(this.Site) is { Length: > 0 };
        // A verb that trains chooses the architecture; the others take a model that has one.
        string chooser = result.CommandResult.Command.Options.Any(option => option.Name == "--arch")
            ? "choose --arch"
            : "name a model of";
        Require(this.Target.Name, hasTarget, architecture.HasTarget, Other(known => known.HasTarget));
        Require(this.Site.Name, hasSites, architecture.HasSites, Other(known => known.HasSites));

        void Require(string option, bool isGiven, bool isNeeded, string other)
        {
            if (isGiven != isNeeded)
            {
                throw new ArgumentException(isNeeded
                    ? $"{option}: must name activations for {architecture.Id}, but is missing. Write {option} "
                        + "other.safetensors."
                    : $"{option}: must be left out for {architecture.Id}, which has none, but was given. Leave it out, "
                        + $"or {other}.");
            }
        }

        string Other(Func<SaeArchitecture, bool> has) => $"{chooser} {Ids(has)}";
    }

    /// <summary>Opens the further sites of a run again, where they were or where they moved.</summary>
    public ActivationStore Reopen(ParseResult result, ActivationStore first, IReadOnlyList<RunSite> recorded)
    {
        if (result.GetValue(this.Target) is { Length: > 0 } || result.GetValue(this.Site) is { Length: > 0 })
        {
            return Join(result, first);
        }

        List<ActivationStore> sites = [first];
        try
        {
            sites.AddRange(recorded.Select(site => ActivationStore.Open(
                site.Paths, first.Options with { TensorName = site.Tensor })));
            return ActivationStore.Join(sites);
        }
        catch
        {
            sites.ForEach(site => site.Dispose());
            throw;
        }
    }

    /// <summary>The options by which <c>sae eval</c> is told of a run's further sites.</summary>
    public static IEnumerable<string> Arguments(TrainingRun run)
    {
        bool isTarget = run.Record.Plan.TargetWidth is not null;
        foreach (RunSite site in run.Data.OtherSites)
        {
            IEnumerable<string> paths = site.Tensor is null || site.Tensor == run.Data.Tensor
                ? site.Paths
                : site.Paths.Select(path => $"{path}{TensorMark}{site.Tensor}");
            foreach (string argument in (IEnumerable<string>)[isTarget ? "--target" : "--site", .. paths])
            {
                yield return argument;
            }
        }
    }

    private static string Ids(Func<SaeArchitecture, bool> has) =>
        string.Join(", ", SaeArchitectures.All.Where(has).Select(known => known.Id));

    private static ActivationStore Open(string[] paths, ActivationStoreOptions options)
    {
        // A file may have the mark in its own name.
        (string Path, string? Tensor)[] named = [.. paths.Select(path =>
            path.LastIndexOf(TensorMark) is int mark and > 0 && !Path.Exists(path)
                ? (path[..mark], path[(mark + 1)..])
                : (path, options.TensorName))];

        // The array of an .npy file has no name.
        string?[] tensors = [.. named
            .Where(name => Path.GetExtension(name.Path) != NpyFile.Extension)
            .Select(name => name.Tensor)
            .DefaultIfEmpty(named[0].Tensor)
            .Distinct()];
        if (tensors.Length > 1)
        {
            throw new ArgumentException(
                $"--target: all files must be read by one tensor name, but are {string.Join(", ", paths)}. Write the "
                + $"same {TensorMark}NAME behind each.");
        }

        return ActivationStore.Open([.. named.Select(name => name.Path)], options with { TensorName = tensors[0] });
    }
}
