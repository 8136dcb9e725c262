using System.Globalization;
using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The formulas of docs/kernels.md: work and traffic of every operation.</summary>
/// <remarks>
/// Names as there: B rows, D columns, M latents, n active entries. The number of entries is read from the device, so an
/// operation's codes must still be those it ran on.
/// </remarks>
public static class OperationCosts
{
    private const int Word = sizeof(float);

    // An index and a value.
    private const int Entry = 2 * Word;

    /// <summary>Work and traffic of <see cref="IComputeBackend.LoadBatch"/>.</summary>
    public static OperationCost Of(in LoadBatchArguments arguments)
    {
        double elements = Elements(arguments.Activations);
        int staged = BatchStaging.SizeOf(arguments.Staging.Element);
        return new()
        {
            Shape = Size(arguments.Activations),
            Flop = 2 * elements,
            StreamedBytes = (staged + Word) * elements,
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.Center"/>.</summary>
    public static OperationCost Of(in CenterArguments arguments)
    {
        double elements = Elements(arguments.Activations);
        return new() { Shape = Size(arguments.Activations), Flop = elements, StreamedBytes = 2 * Word * elements };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.EncodeTopK"/>.</summary>
    public static OperationCost Of(in EncodeTopKArguments arguments) =>
        Encoder(arguments.Input, arguments.WEnc, arguments.Codes, arguments.Aux);

    /// <summary>Work and traffic of <see cref="IComputeBackend.EncodeGroupMax"/>.</summary>
    public static OperationCost Of(in EncodeGroupMaxArguments arguments) =>
        Encoder(arguments.Input, arguments.WEnc, arguments.Codes, arguments.Aux) with { IsEncoder = false };

    /// <summary>Work and traffic of <see cref="IComputeBackend.EncodeBatchTopK"/>.</summary>
    public static OperationCost Of(in EncodeBatchTopKArguments arguments) =>
        Encoder(arguments.Input, arguments.WEnc, arguments.Codes, arguments.Aux);

    /// <summary>Work and traffic of <see cref="IComputeBackend.EncodeThreshold"/>.</summary>
    public static OperationCost Of(in EncodeThresholdArguments arguments) =>
        Encoder(arguments.Input, arguments.WEnc, arguments.Codes, arguments.Aux);

    /// <summary>Work and traffic of <see cref="IComputeBackend.GateMagnitudes"/>.</summary>
    public static OperationCost Of(in GateMagnitudesArguments arguments)
    {
        double entries = Entries(arguments.Codes, arguments.Rows);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{entries} entries, {arguments.Latents} latents"),
            Flop = 2 * (entries + arguments.Latents),
            StreamedBytes = ((Entry + Word) * entries) + (5.0 * Word * arguments.Latents),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.BuildLatentMajor"/>.</summary>
    public static OperationCost Of(in BuildLatentMajorArguments arguments)
    {
        double entries = Entries(arguments.List);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{entries} entries, {arguments.List.Latents} latents"),
            Flop = 0,
            StreamedBytes = (3 * Entry * entries) + (2 * Word * (double)arguments.List.Latents),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.SparseDecode"/>.</summary>
    public static OperationCost Of(in SparseDecodeArguments arguments) =>
        Decoder(arguments.Codes, arguments.WDec, arguments.Reconstruction, flopPerElement: 0, bytesPerElement: Word);

    /// <summary>Work and traffic of <see cref="IComputeBackend.DecodeResidual"/>.</summary>
    public static OperationCost Of(in DecodeResidualArguments arguments) =>
        Decoder(arguments.Codes, arguments.WDec, arguments.Targets, flopPerElement: 3, bytesPerElement: 2 * Word);

    /// <summary>Work and traffic of <see cref="IComputeBackend.PrefixResidual"/>.</summary>
    public static OperationCost Of(in PrefixResidualArguments arguments)
    {
        int prefixes = arguments.Prefixes.Count;
        return Decoder(
            arguments.Codes, arguments.WDec, arguments.Targets, 6.0 * prefixes, (1.0 + prefixes) * Word);
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.ReluResidual"/>.</summary>
    public static OperationCost Of(in ReluResidualArguments arguments)
    {
        if (arguments.Gate is not null && Fits(arguments.Codes!))
        {
            return Of(arguments.Decoding(arguments.Codes!));
        }

        if (arguments.Codes is SparseCodes codes && Fits(codes))
        {
            OperationCost encoder = Of(arguments.Listing(codes));
            OperationCost decoder = Of(arguments.Decoding(codes));
            return encoder with
            {
                Flop = encoder.Flop + decoder.Flop,
                StreamedBytes = encoder.StreamedBytes + decoder.StreamedBytes,
                GatheredBytes = decoder.GatheredBytes,
                DistinctBytes = decoder.DistinctBytes,
            };
        }

        double weights = Elements(arguments.WEnc) + Elements(arguments.WDec);
        double rows = Elements(arguments.Input) + (2 * Elements(arguments.Targets));
        return new()
        {
            Shape = $"{Size(arguments.Input)} · {Size(arguments.WEnc)}ᵀ",
            Flop = 2 * arguments.Input.Rows * weights,
            StreamedBytes = Word * (weights + rows),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.LinearSum"/>.</summary>
    public static OperationCost Of(in LinearSumArguments arguments) => new()
    {
        Shape = $"{Size(arguments.Input)} · {Size(arguments.Weights)}ᵀ",
        Flop = 2 * Elements(arguments.Input) * arguments.Weights.Rows,
        StreamedBytes =
            Word * (Elements(arguments.Input) + Elements(arguments.Weights) + (2 * Elements(arguments.Sum))),
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.LinearGradient"/>.</summary>
    public static OperationCost Of(in LinearGradientArguments arguments) => new()
    {
        Shape = $"{Size(arguments.Residuals)}ᵀ · {Size(arguments.Input)}",
        Flop = 2 * Elements(arguments.Residuals) * arguments.Input.Columns,
        StreamedBytes =
            Word * (Elements(arguments.Residuals) + Elements(arguments.Input) + Elements(arguments.Gradient)),
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.AuxResidual"/>.</summary>
    public static OperationCost Of(in AuxResidualArguments arguments)
    {
        RealMatrix rows = new(arguments.Residuals.Buffer, arguments.Rows, arguments.Residuals.Columns);
        return Decoder(arguments.AuxCodes, arguments.WDec, rows, flopPerElement: 7, bytesPerElement: 4 * Word);
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.LatentGradients"/>.</summary>
    public static OperationCost Of(in LatentGradientsArguments arguments) =>
        Latents(arguments.Inputs, flopPerWeight: 4, bytesPerWeight: 4 * Word);

    /// <summary>Work and traffic of <see cref="IComputeBackend.UpdateLatents"/>.</summary>
    public static OperationCost Of(in UpdateLatentsArguments arguments) =>
        arguments.Averages is null
            ? Latents(arguments.Inputs, flopPerWeight: 33, bytesPerWeight: 12 * Word)
            : Latents(arguments.Inputs, flopPerWeight: 39, bytesPerWeight: 16 * Word);

    /// <summary>Work and traffic of <see cref="IComputeBackend.DecoderBiasGradient"/>.</summary>
    public static OperationCost Of(in DecoderBiasGradientArguments arguments)
    {
        double elements = Elements(arguments.Residuals);
        return new() { Shape = Size(arguments.Residuals), Flop = elements, StreamedBytes = Word * elements };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.GradientNorm"/>.</summary>
    public static OperationCost Of(in GradientNormArguments arguments) => new()
    {
        Shape = string.Create(CultureInfo.InvariantCulture, $"{arguments.Latents} latents, {arguments.DOut}"),
        Flop = (2.0 * arguments.DOut) + arguments.Latents,
        StreamedBytes = Word * ((double)arguments.DOut + arguments.Latents),
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.AdaptPenalty"/>.</summary>
    public static OperationCost Of(in AdaptPenaltyArguments arguments) => new()
    {
        Shape = "1",
        Flop = 60,
        StreamedBytes = 4 * Word,
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.AdamUpdate"/>.</summary>
    public static OperationCost Of(in AdamUpdateArguments arguments) => new()
    {
        Shape = string.Create(CultureInfo.InvariantCulture, $"{arguments.Length}"),
        Flop = 13.0 * arguments.Length,
        StreamedBytes = 7.0 * Word * arguments.Length,
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.NormalizeRows"/>.</summary>
    public static OperationCost Of(in NormalizeRowsArguments arguments)
    {
        double elements = Elements(arguments.Matrix);
        return new() { Shape = Size(arguments.Matrix), Flop = 3 * elements, StreamedBytes = 2 * Word * elements };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.WeightedSum"/>.</summary>
    public static OperationCost Of(in WeightedSumArguments arguments) => new()
    {
        Shape = string.Create(CultureInfo.InvariantCulture, $"{arguments.Length}"),
        Flop = 3.0 * arguments.Length,
        StreamedBytes = 3.0 * Word * arguments.Length,
    };

    /// <summary>Work and traffic of <see cref="IComputeBackend.Orthogonalize"/>.</summary>
    public static OperationCost Of(in OrthogonalizeArguments arguments)
    {
        (double rows, double columns) = (arguments.Matrix.Rows, arguments.Matrix.Columns);
        (double least, double most) = (Math.Min(rows, columns), Math.Max(rows, columns));
        return new()
        {
            Shape = Size(arguments.Matrix),
            Flop = arguments.Iterations * least * least * ((3 * most) + least),
            StreamedBytes = Word * Elements(arguments.Matrix) * (3 + (3 * arguments.Iterations)),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.UpdateFired"/>.</summary>
    public static OperationCost Of(in UpdateFiredArguments arguments)
    {
        double entries = arguments.Codes is null ? 0 : Entries(arguments.Codes, arguments.Rows);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{entries} entries, {arguments.Latents} latents"),
            Flop = 0,
            StreamedBytes = (Entry * entries) + (5 * Word * (double)arguments.Latents),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.AccumulateLatents"/>, its statistics left out.</summary>
    public static OperationCost Of(in AccumulateLatentsArguments arguments)
    {
        double entries = Entries(arguments.Codes, arguments.Rows);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{entries} entries"),
            Flop = 9 * entries,
            StreamedBytes = Entry * entries,
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.AccumulateReconstruction"/>.</summary>
    public static OperationCost Of(in AccumulateReconstructionArguments arguments)
    {
        double elements = (double)arguments.Targets.Rows * arguments.Statistics.Width;
        return new()
        {
            Shape = string.Create(
                CultureInfo.InvariantCulture, $"{arguments.Targets.Rows} × {arguments.Statistics.Width}"),
            Flop = 14 * elements,
            StreamedBytes = 2 * Word * elements,
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.AccumulateBins"/>, its counts left out.</summary>
    public static OperationCost Of(in AccumulateBinsArguments arguments)
    {
        double entries = Entries(arguments.Codes, arguments.Rows);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{entries} entries, {arguments.Bins} bins"),
            Flop = 2 * entries,
            StreamedBytes = Entry * entries,
        };
    }

    /// <summary>
    /// Work and traffic of <see cref="IComputeBackend.AccumulatePairs"/>, for rows and latents that are alike, its sums
    /// left out.
    /// </summary>
    public static OperationCost Of(in AccumulatePairsArguments arguments)
    {
        double entries = Entries(arguments.Codes, arguments.Rows);
        double others = Entries(arguments.OtherCodes, arguments.Rows);
        PairLayout layout = arguments.Statistics.Layout;
        double share = layout.Count / (double)layout.Latents;
        return new()
        {
            Shape = string.Create(
                CultureInfo.InvariantCulture, $"{entries} entries by {others}, {layout.Count} latents"),
            Flop = 6 * share * entries * others / Math.Max(1, arguments.Rows),
            StreamedBytes = Entry * (entries + others),
        };
    }

    /// <summary>Work and traffic of <see cref="IComputeBackend.AccumulateHistogram"/>.</summary>
    public static OperationCost Of(in AccumulateHistogramArguments arguments) => new()
    {
        Shape = string.Create(CultureInfo.InvariantCulture, $"{arguments.Count} values, {arguments.Bins} bins"),
        Flop = 2.0 * arguments.Count,
        StreamedBytes = Word * (double)arguments.Count,
    };

    private static OperationCost Encoder(RealMatrix input, RealMatrix wEnc, SparseCodes codes, AuxSelection? aux)
    {
        double entries = Entries(codes, input.Rows) + (aux is null ? 0 : Entries(aux.Value.Codes, input.Rows));
        return new()
        {
            Shape = $"{Size(input)} · {Size(wEnc)}ᵀ",
            Flop = 2 * Elements(input) * wEnc.Rows,
            StreamedBytes = (Word * (Elements(input) + Elements(wEnc))) + (Entry * entries),
            IsEncoder = true,
        };
    }

    private static OperationCost Decoder(
        SparseCodes codes, RealMatrix wDec, RealMatrix rows, double flopPerElement, double bytesPerElement)
    {
        double entries = Entries(codes, rows.Rows);
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{Size(rows)}, {entries} entries"),
            Flop = (2 * entries * wDec.Columns) + (flopPerElement * Elements(rows)),
            StreamedBytes = bytesPerElement * Elements(rows),
            GatheredBytes = Word * entries * wDec.Columns,
            DistinctBytes = Word * Math.Min(entries, wDec.Rows) * wDec.Columns,
        };
    }

    private static OperationCost Latents(in LatentGradientInputs inputs, double flopPerWeight, double bytesPerWeight)
    {
        int width = inputs.Input.Columns;
        bool isFull = inputs.Relu?.Codes is SparseCodes codes && !Fits(codes);
        if (inputs.List is not LatentMajorList list || isFull)
        {
            // Encoding anew, the gradient of activations, and two products: dense, whatever is active. Gated latents
            // take all of it twice.
            double products = (inputs.Gate is null ? 8.0 : 16.0) * inputs.Input.Rows * inputs.Latents * width;
            return new()
            {
                Shape = string.Create(CultureInfo.InvariantCulture, $"{inputs.Latents}x{width}, dense"),
                Flop = products + (flopPerWeight * inputs.Latents * width),
                StreamedBytes = (bytesPerWeight * inputs.Latents * width) + (2 * Word * Elements(inputs.Input)),
            };
        }

        double entries = Entries(list);
        int latents = list.Latents;
        int rows = inputs.Gate is null ? 2 : 3;
        return new()
        {
            Shape = string.Create(CultureInfo.InvariantCulture, $"{latents}x{width}, {entries} entries"),
            Flop = ((rows + 1) * 2 * entries * width) + (flopPerWeight * latents * width),
            StreamedBytes = bytesPerWeight * latents * width,
            GatheredBytes = rows * Word * entries * width,
            DistinctBytes = rows * Word * Math.Min(entries, inputs.Input.Rows) * width,
        };
    }

    private static bool Fits(SparseCodes codes)
    {
        long needed = 0;
        codes.NeededEntries.Download(new Span<long>(ref needed));
        return needed <= codes.Capacity;
    }

    private static double Elements(RealMatrix matrix) => (double)matrix.Rows * matrix.Columns;

    private static string Size(RealMatrix matrix) =>
        string.Create(CultureInfo.InvariantCulture, $"{matrix.Rows}x{matrix.Columns}");

    private static double Entries(SparseCodes codes, int rows) => Last(codes.RowOffsets, rows);

    private static double Entries(LatentMajorList list) => Last(list.Offsets, list.Latents);

    private static double Last(IntBuffer offsets, int index)
    {
        int last = 0;
        offsets.Download(new Span<int>(ref last), index);
        return last;
    }
}
