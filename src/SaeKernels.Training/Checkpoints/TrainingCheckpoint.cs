using System.Globalization;
using System.Text.Json;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>
/// A training state in one safetensors file: weights, moments, counters, position, and a checksum over all of it.
/// </summary>
/// <remarks>
/// Random numbers and the order of the data are functions of seed and step, so the step is their whole position. A file
/// appears under its name only when it is complete; a changed or lost byte is found by the checksum.
/// </remarks>
public static class TrainingCheckpoint
{
    private const string Format = "saekernels-checkpoint-1";
    private const string StatePrefix = "objective.";
    private const string MeanTensor = "Normalization.Mean";
    private const string ScalesTensor = "Normalization.Scales";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">The state; not changed.</param>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        // First, because it brings weights up to date.
        IReadOnlyDictionary<string, double> carried = state.Objective.SaveState();
        Dictionary<string, string> metadata = new()
        {
            ["format"] = Format,
            ["step"] = state.Step.ToString(CultureInfo.InvariantCulture),
            ["elapsed_seconds"] = state.ElapsedSeconds.ToString("R", CultureInfo.InvariantCulture),
            ["variance"] = state.Variance.ToString("R", CultureInfo.InvariantCulture),
            ["normalization"] = state.Normalization.Kind.ToString(),
            ["scale"] = state.Normalization.Scale.ToString("R", CultureInfo.InvariantCulture),
            ["config"] = JsonSerializer.Serialize(state.Config),
            ["plan"] = RunRecord.ToJson(state.Plan),
        };
        foreach ((string name, double value) in carried)
        {
            metadata[StatePrefix + name] = value.ToString("R", CultureInfo.InvariantCulture);
        }

        float[] mean = [.. state.Normalization.Mean];
        float[] scales = [.. state.Normalization.Scales];
        List<TensorContent> tensors =
        [
            TensorContent.Int64s(
                "TokensSinceFired",
                [state.Plan.Latents],
                (first, piece) => state.Objective.TokensSinceFired.Download(piece, first)),
            TensorContent.Int32s(
                "DeadMask",
                [state.Plan.Latents],
                (first, piece) => state.Objective.DeadMask.Download(piece, first)),
            TensorContent.Singles(
                MeanTensor, [mean.Length], (first, piece) => mean.AsSpan((int)first, piece.Length).CopyTo(piece)),
            TensorContent.Singles(
                ScalesTensor, [scales.Length], (first, piece) => scales.AsSpan((int)first, piece.Length).CopyTo(piece)),
        ];
        tensors.AddRange(Reals(state).Select(real =>
            TensorContent.Singles(real.Name, real.Shape, (first, piece) => real.Buffer.Download(piece, first))));
        CheckpointChecksum.Seal(tensors, metadata);
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="backend">The backend that trains on.</param>
    /// <param name="plan">The run; shapes must be those of the checkpoint.</param>
    /// <exception cref="InvalidDataException">
    /// The file is no checkpoint, is corrupted, or has another shape.
    /// </exception>
    public static TrainingState Read(string path, IComputeBackend backend, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using SafetensorsFile file = Open(path);
        CheckpointChecksum.Verify(file);
        Normalization normalization = ReadNormalization(file, plan);
        TrainingState state = new(backend, plan, normalization, Number(file, "variance"));
        try
        {
            state.Step = (long)Number(file, "step");
            state.ElapsedSeconds = Number(file, "elapsed_seconds");
            foreach ((string name, long[] shape, RealBuffer buffer) in Reals(state))
            {
                ReadReals(file, Tensor(file, name, shape), buffer);
            }

            ReadUsage(file, state);
            RequirePlan(file, plan, state.Step);
            state.Objective.RestoreState(file.Metadata.Keys
                .Where(key => key.StartsWith(StatePrefix, StringComparison.Ordinal))
                .ToDictionary(key => key[StatePrefix.Length..], key => Number(file, key)));
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Reads architecture and sizes of a checkpoint's model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no checkpoint.</exception>
    public static SaeConfig ReadConfig(string path)
    {
        using SafetensorsFile file = Open(path);
        return ReadConfig(file);
    }

    /// <summary>Throws unless a file is a checkpoint whose contents match their checksum.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no checkpoint or is corrupted.</exception>
    public static void Verify(string path)
    {
        using SafetensorsFile file = Open(path);
        CheckpointChecksum.Verify(file);
    }

    /// <summary>Loads the model of a checkpoint, for raw vectors, as the end of training would save it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Receives the model in SAELens' layout.</param>
    /// <param name="backend">Where the weights are held meanwhile.</param>
    /// <exception cref="InvalidDataException">The file is no checkpoint or is corrupted.</exception>
    public static void ExportModel(string path, string folder, IComputeBackend backend)
    {
        using TrainingState state = Read(path, backend, ReadPlan(path));
        Directory.CreateDirectory(folder);
        (InputScaling inputs, InputScaling? targets) = SiteScaling.Of(state.Normalization, state.Config);
        TrainedWeights.Use(
            state, weights => SaeLensLayout.Save(folder, state.Config, weights, inputs, targets: targets));
    }

    private static TrainingPlan ReadPlan(string path)
    {
        using SafetensorsFile file = Open(path);
        string text = Text(file, "plan");
        return RunRecord.PlanOf(text) ?? throw Fault(file, "plan", text);
    }

    /// <summary>Throws where equal shapes hide that the checkpoint belongs to another run.</summary>
    private static void RequirePlan(SafetensorsFile file, TrainingPlan plan, long step)
    {
        // Read and written again: an older build wrote no members that came later.
        TrainingPlan? written = RunRecord.PlanOf(Text(file, "plan"));
        bool isSame = written is not null && RunRecord.ToJson(written) == RunRecord.ToJson(plan);
        if (!isSame || step < 0 || step > plan.Steps)
        {
            throw new InvalidDataException(
                $"{file.Path}: must be a checkpoint of the run in run.json, but was written by a run with another "
                + "plan. Remove it; resuming then goes on from the one before.");
        }
    }

    private static SafetensorsFile Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            file.Dispose();
            throw new InvalidDataException(
                $"{path}: must be a training checkpoint ({Format}), but is another file. "
                + "Name a file in a run's checkpoints, or remove this one from there.");
        }

        return file;
    }

    private static SaeConfig ReadConfig(SafetensorsFile file) =>
        JsonSerializer.Deserialize<SaeConfig>(Text(file, "config")) ?? throw Fault(file, "config", "null");

    private static Normalization ReadNormalization(SafetensorsFile file, TrainingPlan plan)
    {
        string kind = Text(file, "normalization");
        if (!Enum.TryParse(kind, out NormalizationKind parsed))
        {
            throw Fault(file, "normalization", kind);
        }

        if (parsed == NormalizationKind.LayerNorm)
        {
            return Normalization.LayerNorm(plan.Sites ?? [plan.DIn]);
        }

        float[] mean = ReadColumns(file, MeanTensor);
        float[] scales = ReadColumns(file, ScalesTensor);
        return scales.Length > 0
            ? new Normalization(parsed, mean, scales)
            : new Normalization(parsed, mean, (float)Number(file, "scale"));
    }

    /// <summary>Reads a number for each column, or none.</summary>
    private static float[] ReadColumns(SafetensorsFile file, string name)
    {
        TensorInfo tensor = file.Tensors.GetValueOrDefault(name) ?? throw Fault(file, name, "missing");
        float[] numbers = new float[tensor.ElementCount];
        file.ReadSingles(tensor, 0, numbers);
        return numbers;
    }

    private static void ReadUsage(SafetensorsFile file, TrainingState state)
    {
        long[] latents = [state.Plan.Latents];
        long[] tokens = new long[state.Plan.Latents];
        file.ReadInt64s(Tensor(file, "TokensSinceFired", latents), 0, tokens);
        state.Objective.TokensSinceFired.Upload(tokens);
        file.ReadInt64s(Tensor(file, "DeadMask", latents), 0, tokens);
        state.Objective.DeadMask.Upload(Array.ConvertAll(tokens, flag => (int)flag));
    }

    private static void ReadReals(SafetensorsFile file, TensorInfo tensor, RealBuffer buffer)
    {
        float[] piece = new float[(int)Math.Min(1 << 20, buffer.Length)];
        for (long first = 0; first < buffer.Length; first += piece.Length)
        {
            Span<float> part = piece.AsSpan(0, (int)Math.Min(piece.Length, buffer.Length - first));
            file.ReadSingles(tensor, first, part);
            buffer.Upload(part, first);
        }
    }

    private static IEnumerable<(string Name, long[] Shape, RealBuffer Buffer)> Reals(TrainingState state)
    {
        foreach ((string name, long[] shape, RealBuffer buffer) in Weights(state.Parameters))
        {
            yield return (name, shape, buffer);
            foreach ((string kept, RealBuffer numbers) in KeptOf(name, state))
            {
                yield return ($"{name}.{kept}", shape, numbers);
            }
        }
    }

    /// <summary>What the optimiser keeps of a parameter.</summary>
    private static IEnumerable<(string Name, RealBuffer Buffer)> KeptOf(string name, TrainingState state)
    {
        foreach ((string _, AdamParameters parameters) in state.Optimizer.All.Where(pair => pair.Name == name))
        {
            yield return (nameof(AdamParameters.FirstMoment), parameters.FirstMoment);
            if (parameters.SecondMoment is RealBuffer second)
            {
                yield return (nameof(AdamParameters.SecondMoment), second);
            }

            if (state.Average is WeightAverage average)
            {
                yield return (nameof(TrainingState.Average), average.Sums[name]);
            }
        }
    }

    private static IEnumerable<(string Name, long[] Shape, RealBuffer Buffer)> Weights(SaeParameters parameters)
    {
        (long latents, long dIn, long dOut) =
            (parameters.WEnc.Rows, parameters.WEnc.Columns, parameters.WDec.Columns);
        if (!parameters.IsTied)
        {
            yield return ("WEnc", [latents, dIn], parameters.WEnc.Buffer);
        }

        yield return ("BEnc", [latents], parameters.BEnc);
        yield return ("WDec", [latents, dOut], parameters.WDec.Buffer);
        yield return ("BDec", [dOut], parameters.BDec);
        if (parameters.WSkip is RealMatrix skip)
        {
            yield return ("WSkip", [dOut, dIn], skip.Buffer);
        }

        foreach ((LatentVector vector, RealBuffer values) in parameters.LatentVectors)
        {
            yield return (vector.Name, [latents], values);
        }
    }

    private static TensorInfo Tensor(SafetensorsFile file, string name, long[] shape)
    {
        TensorInfo? tensor = file.Tensors.GetValueOrDefault(name);
        if (tensor is null || !tensor.Shape.SequenceEqual(shape))
        {
            string found = tensor is null ? "is missing" : $"is [{string.Join(", ", tensor.Shape)}]";
            throw new InvalidDataException(
                $"{file.Path}: '{name}' must be [{string.Join(", ", shape)}], but {found}. "
                + "The checkpoint belongs to another run; remove it from this one's.");
        }

        return tensor;
    }

    private static double Number(SafetensorsFile file, string key)
    {
        string text = Text(file, key);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw Fault(file, key, text);
    }

    private static string Text(SafetensorsFile file, string key) =>
        file.Metadata.GetValueOrDefault(key) ?? throw Fault(file, key, "missing");

    private static InvalidDataException Fault(SafetensorsFile file, string key, string found) => new(
        $"{file.Path}: the entry '{key}' of a checkpoint must be there and valid, but is {found}. "
        + "Remove it; resuming then goes on from the one before.");
}
