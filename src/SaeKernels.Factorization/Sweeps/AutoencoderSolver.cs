using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Factorization;

/// <summary>Factorises a repeat's vectors by training autoencoders on all vectors there are.</summary>
internal sealed class AutoencoderSolver
{
    // A gentle beginning (Bricken et al. 2023, on resampling).
    private const float EncoderShare = 0.2f;

    private readonly IComputeBackend backend;
    private readonly ActivationStore store;
    private readonly RowSet measured;
    private readonly RowMatrix vectors;
    private readonly double scale;
    private readonly SweepOptions options;

    /// <summary>Names the data.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="store">What is trained on.</param>
    /// <param name="measured">The vectors of the repeat, whose codes are taken.</param>
    /// <param name="vectors">The same vectors.</param>
    /// <param name="scale">√(variance of a vector): the unit of λ.</param>
    /// <param name="options">How autoencoders are trained.</param>
    public AutoencoderSolver(
        IComputeBackend backend,
        ActivationStore store,
        RowSet measured,
        RowMatrix vectors,
        double scale,
        SweepOptions options)
    {
        this.backend = backend;
        this.store = store;
        this.measured = measured;
        this.vectors = vectors;
        this.scale = scale;
        this.options = options;
    }

    /// <summary>Trains an autoencoder, or goes on where that was interrupted, and takes its codes.</summary>
    /// <param name="key">The cell.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="cancellation">Interrupts training between two steps, with all saved.</param>
    /// <exception cref="OperationCanceledException">Training was interrupted.</exception>
    public SparseFactorization Solve(
        SweepCellKey key, SweepStart start, string folder, CancellationToken cancellation)
    {
        Train(this.options.TrainingOf(key, start), start.From, folder, cancellation);
        using Sae sae = SaeLensLayout.Load(folder, this.backend);
        CodeList codes = new();
        double mse = SaeEvaluator.Evaluate(
            sae, this.store, this.measured, (batch, _, rows) => codes.Add(batch, rows)).Mse;
        SparseFactorization found = new()
        {
            Dictionary = Download(sae.Parameters.WDec),
            Bias = Download(sae.Parameters.BDec),
            Encoder = new LinearEncoder(Download(sae.Parameters.WEnc), Download(sae.Parameters.BEnc)),
            Codes = codes.ToRows(),
            Objective = mse,
            Mse = mse,
        };
        return this.options.HasPenalty
            ? found with { Objective = mse + (key.Sparsity * this.scale * MeanPenalty(found)) }
            : found;
    }

    private void Train(
        TrainingOptions training, SparseFactorization? from, string folder, CancellationToken cancellation)
    {
        using TrainingSession session = new RunFolder(folder).HoldsRun
            ? TrainingSession.Resume(this.backend, this.store, folder)
            : TrainingSession.Start(
                this.backend, this.store, training, folder, begin: from is null ? null : Begin(from));
        if (!session.Run(cancellation: cancellation).Completed)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>Returns what writes the weights of a start.</summary>
    private Action<SaeParameters> Begin(SparseFactorization from)
    {
        SparseFactorization start = FillEmpty(from);
        return parameters =>
        {
            parameters.WEnc.Buffer.Upload(start.Encoder!.Weights.Elements.AsSpan());
            parameters.BEnc.Upload(start.Encoder.Biases.AsSpan());
            parameters.WDec.Buffer.Upload(start.Dictionary.Elements.AsSpan());
            parameters.BDec.Upload([.. start.Bias]);
        };
    }

    /// <summary>Makes directions that are empty of the errors of the vectors that are worst.</summary>
    private SparseFactorization FillEmpty(SparseFactorization start)
    {
        int[] empty = [.. Enumerable.Range(0, start.Dictionary.Rows).Where(IsEmpty)];
        if (empty.Length == 0)
        {
            return start;
        }

        float[] directions = [.. start.Dictionary.Elements];
        float[] weights = [.. start.Encoder!.Weights.Elements];
        int width = start.Dictionary.Width;
        float length = EncoderShare * Enumerable.Range(0, start.Dictionary.Rows)
            .Average(latent => Length(start.Encoder.Weights[latent]));
        float[][] errors =
        [
            .. Enumerable.Range(0, this.vectors.Rows).Select(row => Residual(start, row))
                .OrderByDescending(error => VectorMath.Dot(error, error)).Take(empty.Length),
        ];
        foreach ((int place, float[] error) in errors.Index())
        {
            float norm = Length(error);
            for (int d = 0; d < width && norm > 0; d++)
            {
                directions[(empty[place] * width) + d] = error[d] / norm;
                weights[(empty[place] * width) + d] = error[d] / norm * length;
            }
        }

        return start with
        {
            Dictionary = new RowMatrix(directions, width),
            Encoder = start.Encoder with { Weights = new RowMatrix(weights, width) },
        };

        bool IsEmpty(int latent) => start.Dictionary[latent].IndexOfAnyExcept(0f) < 0;
    }

    private float[] Residual(SparseFactorization start, int row)
    {
        float[] residual = [.. this.vectors[row]];
        for (int d = 0; d < residual.Length; d++)
        {
            residual[d] -= start.Bias[d];
        }

        ReadOnlySpan<int> columns = start.Codes.ColumnsOf(row);
        ReadOnlySpan<float> values = start.Codes.ValuesOf(row);
        for (int entry = 0; entry < columns.Length; entry++)
        {
            VectorMath.AddScaled(residual, start.Dictionary[columns[entry]], -values[entry]);
        }

        return residual;
    }

    /// <summary>The mean over vectors of Σ n · s, n the length of a direction.</summary>
    private static double MeanPenalty(SparseFactorization found)
    {
        float[] lengths =
            [.. Enumerable.Range(0, found.Dictionary.Rows).Select(latent => Length(found.Dictionary[latent]))];
        double sum = 0;
        for (int entry = 0; entry < found.Codes.Values.Length; entry++)
        {
            sum += (double)lengths[found.Codes.Columns[entry]] * found.Codes.Values[entry];
        }

        return sum / found.Codes.Rows;
    }

    private static float Length(ReadOnlySpan<float> row) => MathF.Sqrt(VectorMath.Dot(row, row));

    private static RowMatrix Download(RealMatrix matrix) => new(Download(matrix.Buffer), matrix.Columns);

    private static float[] Download(RealBuffer buffer)
    {
        float[] elements = new float[buffer.Length];
        buffer.Download(elements);
        return elements;
    }

    /// <summary>The entries of codes that are not 0, batch after batch.</summary>
    private sealed class CodeList
    {
        private readonly List<long> offsets = [0];
        private readonly List<int> latents = [];
        private readonly List<float> values = [];

        public void Add(SparseCodes codes, int rows)
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
                        this.latents.Add(columns[entry]);
                        this.values.Add(entries[entry]);
                    }
                }

                this.offsets.Add(this.values.Count);
            }
        }

        public SparseRows ToRows() => new([.. this.offsets], [.. this.latents], [.. this.values]);
    }
}
