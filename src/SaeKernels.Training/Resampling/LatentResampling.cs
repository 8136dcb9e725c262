using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>Lets dead latents begin again from vectors that the model reconstructs badly.</summary>
/// <remarks>
/// <para>A sample of training vectors is reconstructed. Every dead latent gets one of them, drawn without replacement
/// with a chance in proportion to its squared loss: the decoder row becomes the direction of x − b_dec, the encoder row
/// the same at a fifth of the mean length of live encoder rows, biases and a gate's log gain 0, the optimiser's state
/// of all as at the start, an average of weights these values, and the latent counts as just active. Where fewer
/// vectors have a loss than latents are dead, the last ones stay.</para>
/// <para>It depends on the state, the seed and the step alone, so a resumed run does the same.</para>
/// <para>Source: Bricken et al. 2023, "Towards Monosemanticity", appendix on neuron resampling. There vectors may
/// repeat, which gives two latents one direction; here they do not.</para>
/// </remarks>
internal static class LatentResampling
{
    private const double EncoderShare = 0.2;
    private const int PieceElements = 1 << 20;

    /// <summary>Resamples the dead latents of a run.</summary>
    /// <param name="state">The run; its decoder rows have unit length.</param>
    /// <param name="store">The data.</param>
    /// <param name="training">The rows that are trained on.</param>
    /// <returns>How many latents begin again.</returns>
    /// <exception cref="InvalidDataException">The data has a fault.</exception>
    public static int Apply(TrainingState state, ActivationStore store, RowSet training)
    {
        long[] silent = new long[state.Plan.Latents];
        state.Objective.TokensSinceFired.Download(silent);
        int[] dead =
        [
            .. Enumerable.Range(0, silent.Length).Where(latent => silent[latent] >= state.Plan.DeadAfterTokens),
        ];
        if (dead.Length == 0)
        {
            return 0;
        }

        IReadOnlyList<float[]> vectors = Choose(state, store, training, dead.Length);
        double length = EncoderShare * MeanEncoderLength(state.Parameters.WEnc, [.. dead]);
        double[] bias = new double[state.Plan.DIn];
        state.Parameters.BDec.Download(bias);
        for (int i = 0; i < vectors.Count; i++)
        {
            Restart(state, dead[i], DirectionOf(vectors[i], bias), length);
            silent[dead[i]] = 0;
        }

        state.Objective.Revive(silent);
        return vectors.Count;
    }

    private static IReadOnlyList<float[]> Choose(TrainingState state, ActivationStore store, RowSet training, int count)
    {
        TrainingPlan plan = state.Plan;
        HighLossVectors chosen = new(count, new RandomSequence(plan.Seed, RandomPurpose.Resampling, state.Step));
        double[] losses = new double[plan.Batch];
        DataSample.Visit(store, training, plan.ResampleVectors, plan.Seed, state.Step + 1, (_, part) =>
        {
            state.Normalization.Apply(part);
            for (Span<float> rest = part; !rest.IsEmpty;)
            {
                int rows = Math.Min(plan.Batch, rest.Length / plan.DIn);
                Span<float> batch = rest[..(rows * plan.DIn)];
                state.SquaredErrors(batch, losses.AsSpan(0, rows));
                for (int row = 0; row < rows; row++)
                {
                    chosen.Offer(batch.Slice(row * plan.DIn, plan.DIn), losses[row]);
                }

                rest = rest[batch.Length..];
            }
        });
        return chosen.Take();
    }

    /// <summary>The mean length of the encoder rows of live latents, or of all rows where none is alive.</summary>
    private static double MeanEncoderLength(RealMatrix wEnc, HashSet<int> dead)
    {
        bool skipsDead = dead.Count < wEnc.Rows;
        int pieceRows = Math.Clamp(PieceElements / wEnc.Columns, 1, wEnc.Rows);
        double[] piece = new double[pieceRows * wEnc.Columns];
        double sum = 0;
        for (int first = 0; first < wEnc.Rows; first += pieceRows)
        {
            int rows = Math.Min(pieceRows, wEnc.Rows - first);
            wEnc.Buffer.Download(piece.AsSpan(0, rows * wEnc.Columns), (long)first * wEnc.Columns);
            for (int row = 0; row < rows; row++)
            {
                sum += skipsDead && dead.Contains(first + row)
                    ? 0
                    : Length(piece.AsSpan(row * wEnc.Columns, wEnc.Columns));
            }
        }

        return sum / (skipsDead ? wEnc.Rows - dead.Count : wEnc.Rows);
    }

    private static double[] DirectionOf(float[] vector, double[] bias)
    {
        double[] direction = [.. vector.Select((value, i) => value - bias[i])];
        double length = Length(direction);
        return length > 0 ? [.. direction.Select(value => value / length)] : direction;
    }

    private static double Length(ReadOnlySpan<double> vector)
    {
        double square = 0;
        foreach (double value in vector)
        {
            square += value * value;
        }

        return Math.Sqrt(square);
    }

    private static void Restart(TrainingState state, int latent, double[] direction, double encoderLength)
    {
        long first = (long)latent * direction.Length;
        Write(state, "WDec", state.Optimizer.WDec, first, direction);
        Write(state, "WEnc", state.Optimizer.WEnc, first, [.. direction.Select(value => value * encoderLength)]);
        Write(state, "BEnc", state.Optimizer.BEnc, latent, [0.0]);
        foreach ((string name, AdamParameters parameters) in state.Optimizer.LatentVectors)
        {
            Write(state, name, parameters, latent, [0.0]);
        }
    }

    private static void Write(
        TrainingState state, string name, AdamParameters parameters, long first, double[] values)
    {
        parameters.Values.Upload(values, first);
        state.Optimizer.Restart(parameters, first, values);
        state.Average?.Restart(name, first, values, state.Step);
    }
}
