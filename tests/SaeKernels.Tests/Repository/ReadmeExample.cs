using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Repository;

/// <summary>The library example of the README, compiled; a test compares the two texts.</summary>
internal static class ReadmeExample
{
    public static void Run(string data, string folder)
    {
        using CpuBackend backend = new();
        using ActivationStore store = ActivationStore.Open([data]);
        TrainingOptions options = new() { Latents = 512, K = 8, Steps = 100 };
        using TrainingSession session = TrainingSession.Start(backend, store, options, folder);
        session.Run();
        EvaluationResult heldOut = session.Evaluate()!;
        Console.WriteLine($"{heldOut.Fvu:P0} of the variance is left with {heldOut.L0:F1} active latents");

        using Sae sae = SaeLensLayout.Load(folder, backend);
        float[] direction = new float[sae.Config.DIn];
        sae.Parameters.WDec.Buffer.Download(direction); // the direction of latent 0
    }
}
