using System.Globalization;

namespace SaeKernels.Factorization;

/// <summary>What a reader must know before relying on a verdict.</summary>
internal static class SweepWarnings
{
    /// <summary>No level of error is reached by a size and its neighbours.</summary>
    public const string NoCommonLevel =
        "The curves of neighbouring sizes share no level of error: nothing could be compared. Take a wider range "
        + "of sparsities.";

    /// <summary>The warnings that do not depend on the verdict.</summary>
    public static IReadOnlyList<string> Always(IReadOnlyList<SweepCell> cells, SweepOptions options)
    {
        List<string> warnings =
        [
            "On autoencoders of real activations total information often followed neither interpretability nor "
            + "sparsity (Bricken et al. 2023): the verdict is about the size of the simplest description, not about "
            + "meaning.",
        ];
        if (cells.Any(cell => cell.MmcsRecall is not null))
        {
            warnings.Add(
                "mmcs_recall never falls where directions are added, so it speaks against no size that is too large: "
                + "read it together with mmcs_precision.");
        }

        if (!options.FitsBias)
        {
            warnings.Add(
                "No constant vector was fitted: where the vectors have an offset, directions are lost, and another "
                + "size may have the least information.");
        }

        SweepCell[] unconverged = [.. cells.Where(cell => !cell.IsConverged)];
        if (unconverged.Length > 0)
        {
            warnings.Add(
                $"{unconverged.Length} of {cells.Count} cells did not converge, as further starts kept finding lower "
                + $"objectives, and are left out{(options.Solver == SweepSolver.Sae ? "; more steps help" : "")}: "
                + string.Join(", ", unconverged.Take(8).Select(cell => cell.Key.Name))
                + (unconverged.Length > 8 ? " and more." : "."));
        }

        if (!options.HasNull)
        {
            warnings.Add(
                "The null was skipped: whether normal vectors of the same covariance would show the same is unknown.");
        }

        return warnings;
    }

    /// <summary>The warnings that explain a verdict.</summary>
    public static IEnumerable<string> Of(SweepVerdictKind kind, bool isStructured, bool hasNull, SweepResult result)
    {
        bool isInside = result.Bracket is { Previous: not null, Next: not null };
        if (kind == SweepVerdictKind.NotBracketed)
        {
            yield return $"The least information is at {result.LeastAt}, an end of the grid. Add "
                + $"{(result.Bracket.Previous is null ? "smaller" : "larger")} sizes.";
        }
        else if (kind == SweepVerdictKind.NoBounce && isInside && isStructured)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The data is not like normal vectors, but {result.LeastAt} is not told from its neighbours: the "
                + $"interval of its margin is {result.MarginInterval.Low:P2} to {result.MarginInterval.High:P2}. Take "
                + $"more repeats, more samples or a coarser grid.");
        }
        else if (kind == SweepVerdictKind.NoBounce && !isStructured && hasNull)
        {
            yield return double.IsNaN(result.InformationPValue)
                ? $"The null with {result.LeastAt} latents reaches none of the errors that were compared, so it says "
                    + "nothing. Widen the range of Sparsities."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"The data is not told from normal vectors by these repeats: p is {result.InformationPValue:G2} "
                    + $"and should be below {SweepVerdict.Significance}. More repeats tell more.");
        }

        int[] owners = [.. result.Levels.Select(level => level.Owner).OfType<int>().Distinct().Order()];
        if (owners.Length > 1)
        {
            yield return "The size with the least information depends on the level of error: "
                + $"{string.Join(", ", owners)} each have some.";
        }
    }
}
