using System.Diagnostics;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>Runs a model over vectors and gathers the figures of <see cref="EvaluationResult"/>.</summary>
public static class SaeEvaluator
{
    /// <summary>Evaluates a model.</summary>
    /// <param name="sae">The model, for raw vectors.</param>
    /// <param name="store">
    /// The data; of a transcoder what it reads joined with what it reconstructs, of a crosscoder all sites joined.
    /// </param>
    /// <param name="rows">Which vectors; at least one.</param>
    /// <param name="visit">
    /// Told of each batch's codes on the model's backend and of its first vector's place among
    /// <paramref name="rows"/>; may be null.
    /// </param>
    /// <param name="variants">Gathers figures as other libraries define them; null where they are not wanted.</param>
    /// <exception cref="ArgumentException">There is no vector.</exception>
    /// <exception cref="InvalidDataException">The data has another width than the model, or a fault.</exception>
    public static EvaluationResult Evaluate(
        Sae sae,
        ActivationStore store,
        RowSet rows,
        Action<SparseCodes, long, int>? visit = null,
        PublishedVariantsMetric? variants = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Shape.Require(
            rows.Count > 0, "Evaluation", $"there must be at least one vector, but there is none.", "Name other data.");
        return Sum(sae, store, rows, visit, variants).Read(sae);
    }

    /// <summary>Evaluates a model on a part of the data, to be merged with others.</summary>
    /// <param name="sae">As for <see cref="Evaluate"/>.</param>
    /// <param name="store">As for <see cref="Evaluate"/>; parts may be stores of their own.</param>
    /// <param name="rows">Which vectors; may be none.</param>
    /// <param name="visit">As for <see cref="Evaluate"/>.</param>
    /// <param name="variants">
    /// As for <see cref="Evaluate"/>; it is told the number that the first vector has in the whole data.
    /// </param>
    /// <exception cref="InvalidDataException">The data has another width than the model, or a fault.</exception>
    public static EvaluationSums Sum(
        Sae sae,
        ActivationStore store,
        RowSet rows,
        Action<SparseCodes, long, int>? visit = null,
        PublishedVariantsMetric? variants = null)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        RequireWidths(sae.Config, store);
        Stopwatch clock = Stopwatch.StartNew();
        using EvaluationPass pass = new(sae, store, variants);
        pass.Run(rows, visit);
        return pass.Read(clock.Elapsed);
    }

    /// <summary>Throws unless data has the sites of a model, in their widths.</summary>
    /// <param name="config">The model.</param>
    /// <param name="store">
    /// The data; of a transcoder what it reads joined with what it reconstructs, of a crosscoder all sites joined.
    /// </param>
    /// <exception cref="InvalidDataException">It has other sites.</exception>
    public static void RequireWidths(SaeConfig config, ActivationStore store)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(store);
        int[] wanted = config switch
        {
            { TargetWidth: int width } => [config.DIn, width],
            { Sites: IReadOnlyList<int> widths } => [.. widths],
            _ => [config.DIn],
        };
        int[] found = [.. store.Sites.Select(site => site.DIn)];
        if (!found.SequenceEqual(wanted))
        {
            string sites = wanted.Length == 1
                ? $"as wide as the model, DIn = {config.DIn}, but is {string.Join(" and ", found)} wide. "
                : $"{wanted.Length} sites {string.Join(", ", wanted)} wide for {config.Architecture}, but has "
                    + $"{found.Length}, {string.Join(", ", found)} wide. ";
            throw new InvalidDataException(
                $"{string.Join(", ", store.Paths)}: must be {sites}"
                + $"Name activations of the {(wanted.Length == 1 ? "site" : "sites")} that the model was trained on.");
        }
    }
}
