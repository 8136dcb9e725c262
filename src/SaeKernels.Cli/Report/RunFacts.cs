using System.Globalization;
using SaeKernels.Data;
using SaeKernels.Report;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>What the folder of a model tells about it beside the weights: for the run view of a report.</summary>
internal static class RunFacts
{
    /// <summary>Figures on the data of the report, measured now.</summary>
    public static IReadOnlyList<TitledFigure> Figures(Sae sae, ActivationStore store)
    {
        EvaluationResult result = SaeEvaluator.Evaluate(sae, store, RowSet.All(store));
        return
        [
            new("fvu", "Variance left (FVU)", result.Fvu),
            new("cosine", "Cosine", result.Cosine),
            new("mse", "Squared error", result.Mse),
            new("l0", "Active features (L0)", result.L0),
            new("silent_fraction_eval", "Silent features", result.SilentFractionEval),
            new("tokens", "Vectors", result.Tokens),
        ];
    }

    /// <summary>Training as <c>metrics.csv</c> has it; null where there is none.</summary>
    public static TrainingCurves? Curves(string folder)
    {
        string path = new RunFolder(folder).MetricsFile;
        if (!File.Exists(path))
        {
            return null;
        }

        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(path);
        return new TrainingCurves(
            [.. rows.Select(row => row.Tokens)],
            [
                new("loss", "Loss", [.. rows.Select(row => row.Loss)]),
                new("fvu", "Variance left (FVU)", [.. rows.Select(row => row.Fvu)]),
                new("l0", "Active latents (L0)", [.. rows.Select(row => row.L0)]),
                new("dead_fraction", "Dead latents", [.. rows.Select(row => row.DeadFraction)]),
                new("grad_norm", "Gradient norm", [.. rows.Select(row => row.GradientNorm)]),
                new("lr", "Learning rate", [.. rows.Select(row => row.LearningRate)]),
            ]);
    }

    /// <summary>Where the report comes from.</summary>
    public static IReadOnlyList<(string Name, string Value)> About(string folder, Sae sae, ActivationStore store)
    {
        List<(string, string)> about =
        [
            ("Model", Path.GetFileName(Path.GetFullPath(folder))),
            ("Architecture", sae.Config.Architecture),
            ("Width", string.Create(CultureInfo.InvariantCulture, $"{sae.Config.DIn:N0}")),
            ("Features", string.Create(CultureInfo.InvariantCulture, $"{sae.Config.DSae:N0}")),
            ("Data", string.Join(", ", store.Paths.Select(path => Path.GetFileName(Path.GetFullPath(path))))),
            ("Vectors", string.Create(CultureInfo.InvariantCulture, $"{store.Count:N0}")),
            ("Written by", $"SaeKernels {RunRecord.LibraryVersion}"),
        ];
        if (sae.Config.K > 0)
        {
            about.Insert(2, ("Active at most (k)", sae.Config.K.ToString(CultureInfo.InvariantCulture)));
        }

        return about;
    }
}
