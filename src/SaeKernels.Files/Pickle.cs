using System.Buffers.Binary;
using System.Text;

namespace SaeKernels.Files;

/// <summary>Reads what Python's pickle wrote, as data: nothing that is named in it is ever called.</summary>
/// <remarks>
/// Numbers are <see cref="long"/> or <see cref="double"/>, tuples and lists <see cref="List{T}"/>, dictionaries
/// <see cref="Dictionary{TKey,TValue}"/> of their text keys, and names, calls and references the records below. State
/// that is set on an object is dropped. Only what a dictionary of tensors needs is known.
/// Source of the format: Python's pickletools.
/// </remarks>
internal ref struct Pickle
{
    private static readonly object Mark = new();
    private readonly ReadOnlySpan<byte> bytes;
    private readonly string path;
    private readonly Stack<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private int at;

    private Pickle(string path, ReadOnlySpan<byte> bytes)
    {
        this.path = path;
        this.bytes = bytes;
    }

    /// <summary>Returns the object.</summary>
    /// <param name="path">What messages call the file.</param>
    /// <param name="bytes">What pickle wrote.</param>
    /// <exception cref="InvalidDataException">It is cut off, or has what is not known.</exception>
    public static object? Read(string path, ReadOnlySpan<byte> bytes)
    {
        Pickle pickle = new(path, bytes);
        while (pickle.Step())
        {
        }

        return pickle.Pop();
    }

    /// <summary>Executes an instruction; returns whether more follow.</summary>
    private bool Step()
    {
        byte code = Take(1)[0];
        switch (code)
        {
            case 0x80: // protocol
                Take(1);
                return true;
            case (byte)'.':
                return false;
            case (byte)'(':
                this.stack.Push(Mark);
                return true;
            case (byte)'q' or (byte)'r':
                this.memo[code == 'q' ? Take(1)[0] : Int32()] = this.stack.TryPeek(out object? top) ? top : null;
                return true;
            case (byte)'b':
                Pop();
                return true;
            case (byte)'s':
                List<object?> pair = [Pop(), Pop()];
                SetItems([pair[1], pair[0]]);
                return true;
            case (byte)'u':
                SetItems(PopToMark());
                return true;
            case (byte)'a':
                Append([Pop()]);
                return true;
            case (byte)'e':
                Append(PopToMark());
                return true;
            default:
                this.stack.Push(Value(code));
                return true;
        }
    }

    /// <summary>What an instruction puts on the stack.</summary>
    private object? Value(byte code) => code switch
    {
        (byte)'N' => null,
        0x88 => true,
        0x89 => false,
        (byte)'K' => (long)Take(1)[0],
        (byte)'M' => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        (byte)'J' => (long)Int32(),
        0x8a => Long(Take(Take(1)[0])),
        (byte)'G' => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
        (byte)'X' => Encoding.UTF8.GetString(Take(Int32())),
        (byte)'c' => new PickledName($"{Line()}.{Line()}"),
        (byte)'}' => new Dictionary<string, object?>(StringComparer.Ordinal),
        (byte)']' or (byte)')' => new List<object?>(),
        (byte)'t' => PopToMark(),
        0x85 => PopMany(1),
        0x86 => PopMany(2),
        0x87 => PopMany(3),
        (byte)'h' => Remembered(Take(1)[0]),
        (byte)'j' => Remembered(Int32()),
        (byte)'Q' => new PickledReference(Pop()),
        (byte)'R' => Call(),
        _ => throw Broken($"only instructions that a dictionary of tensors needs, but has 0x{code:x2}"),
    };

    private object Call()
    {
        object? arguments = Pop();
        return (Pop(), arguments) switch
        {
            (PickledName { Name: "collections.OrderedDict" }, _) =>
                new Dictionary<string, object?>(StringComparer.Ordinal),
            (PickledName name, List<object?> list) => new PickledCall(name.Name, list),
            _ => throw Broken("calls of names, but has another"),
        };
    }

    private readonly void SetItems(List<object?> items)
    {
        if (!this.stack.TryPeek(out object? top) || top is not Dictionary<string, object?> target)
        {
            throw Broken("dictionaries where items are set, but has none");
        }

        for (int i = 0; i + 1 < items.Count; i += 2)
        {
            target[items[i] as string ?? throw Broken("text as keys, but has others")] = items[i + 1];
        }
    }

    private readonly void Append(List<object?> items)
    {
        if (!this.stack.TryPeek(out object? top) || top is not List<object?> target)
        {
            throw Broken("lists where items are added, but has none");
        }

        target.AddRange(items);
    }

    private List<object?> PopToMark()
    {
        List<object?> items = [];
        for (object? item = Pop(); item != Mark; item = Pop())
        {
            items.Add(item);
        }

        items.Reverse();
        return items;
    }

    private List<object?> PopMany(int count)
    {
        List<object?> items = [];
        for (int i = 0; i < count; i++)
        {
            items.Insert(0, Pop());
        }

        return items;
    }

    private readonly object? Pop() => this.stack.TryPop(out object? top)
        ? top
        : throw Broken("as many objects as it takes, but has fewer");

    private readonly object? Remembered(long key) => this.memo.TryGetValue(key, out object? value)
        ? value
        : throw Broken($"the object {key} before it is used, but has not");

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private readonly long Long(ReadOnlySpan<byte> digits)
    {
        if (digits.Length > sizeof(long))
        {
            throw Broken($"integers of at most 8 bytes, but has one of {digits.Length}");
        }

        Span<byte> whole = stackalloc byte[sizeof(long)];
        whole.Fill(digits.Length > 0 && digits[^1] >= 0x80 ? (byte)0xff : (byte)0);
        digits.CopyTo(whole);
        return BinaryPrimitives.ReadInt64LittleEndian(whole);
    }

    private string Line()
    {
        int length = this.bytes[this.at..].IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(Take(length));
        Take(1);
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > this.bytes.Length - this.at)
        {
            throw Broken($"{count} bytes at {this.at}, but has {this.bytes.Length - this.at}");
        }

        this.at += count;
        return this.bytes.Slice(this.at - count, count);
    }

    private readonly InvalidDataException Broken(string what) => new(
        $"{this.path}: its pickle must have {what}. Save the state dictionary of the model, and nothing else.");
}

/// <summary>A function or class by module and name.</summary>
internal sealed record PickledName(string Name);

/// <summary>What a function would make of arguments.</summary>
internal sealed record PickledCall(string Function, List<object?> Arguments);

/// <summary>An object that lies outside the pickle, by whatever tells which.</summary>
internal sealed record PickledReference(object? Id);
