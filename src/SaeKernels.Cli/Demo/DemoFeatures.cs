using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Ten latents of the demo and the words that excite them most.</summary>
internal static class DemoFeatures
{
    private const int Features = 10;
    private const int WordsShown = 8;

    /// <summary>Chooses latents whose words are alike.</summary>
    public static IReadOnlyList<CoherentLatent> Choose(Sae sae, ActivationStore store)
    {
        float[] vectors = new float[store.Count * store.DIn];
        store.Read(0, vectors);
        TopExamples examples = new(sae.Config.DSae, WordsShown);
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        _ = SaeEvaluator.Evaluate(sae, store, RowSet.All(store), (codes, first, count) =>
        {
            examples.Add(codes, count, first);
            sae.Backend.AccumulateLatents(
                new AccumulateLatentsArguments { Rows = count, Codes = codes, Statistics = statistics });
        });
        return new CoherentLatents(row => vectors.AsMemory((int)row * store.DIn, store.DIn))
            .Choose(examples, new SparsityMetric(statistics.Read()).Density, Features);
    }

    /// <summary>Prints a table.</summary>
    public static void Write(IReadOnlyList<CoherentLatent> features, IReadOnlyList<string> words, TextWriter output)
    {
        output.WriteLine("latent  active on  words that excite it most");
        foreach (CoherentLatent feature in features)
        {
            string shown = string.Join(", ", feature.Examples.Select(example => words[(int)example.Row]));
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{feature.Latent,6}  {feature.Density,9:P2}  {shown}"));
        }
    }
}
