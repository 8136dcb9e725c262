using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Factorization;

/// <summary>Trains the autoencoder of a cell and takes the codes of the vectors that are measured.</summary>
internal static class AutoencoderCell
{
    /// <summary>Trains or resumes; returns null where it was interrupted, with all saved.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="store">The data.</param>
    /// <param name="measured">The vectors whose codes are taken.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="cancellation">Interrupts training between two steps.</param>
    public static SweepFactorization? Train(
        IComputeBackend backend,
        ActivationStore store,
        RowSet measured,
        TrainingOptions options,
        string folder,
        CancellationToken cancellation)
    {
        bool exists = new RunFolder(folder).HoldsRun;
        using TrainingSession session = exists
            ? TrainingSession.Resume(backend, store, folder)
            : TrainingSession.Start(backend, store, options, folder);
        if (!session.Run(cancellation: cancellation).Completed)
        {
            return null;
        }

        using Sae sae = SaeLensLayout.Load(folder, backend);
        List<long> offsets = [0];
        List<int> latents = [];
        List<float> values = [];
        EvaluationResult figures = SaeEvaluator.Evaluate(
            sae, store, measured, (codes, _, count) => Append(codes, count, offsets, latents, values));
        SparseFactorization result = new()
        {
            Dictionary = Download(sae.Parameters.WDec),
            Bias = Download(new RealMatrix(sae.Parameters.BDec, 1, sae.Config.DIn)).Elements,
            Codes = new SparseRows([.. offsets], [.. latents], [.. values]),
            Objective = figures.Mse,
            Mse = figures.Mse,
        };
        return new SweepFactorization(result, "trained", IsConverged: true);
    }

    private static void Append(SparseCodes codes, int rows, List<long> offsets, List<int> latents, List<float> values)
    {
        int[] ends = new int[rows + 1];
        codes.RowOffsets.Download(ends);
        int[] columns = new int[ends[rows]];
        float[] entries = new float[ends[rows]];
        codes.Indices.Download(columns);
        codes.Values.Download(entries);
        for (int row = 0; row < rows; row++)
        {
            for (int entry = ends[row]; entry < ends[row + 1]; entry++)
            {
                if (entries[entry] != 0)
                {
                    latents.Add(columns[entry]);
                    values.Add(entries[entry]);
                }
            }

            offsets.Add(values.Count);
        }
    }

    private static RowMatrix Download(RealMatrix matrix)
    {
        float[] elements = new float[(long)matrix.Rows * matrix.Columns];
        matrix.Buffer.Download(elements);
        return new RowMatrix(elements, matrix.Columns);
    }
}
